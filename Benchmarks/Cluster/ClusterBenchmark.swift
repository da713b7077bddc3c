import Foundation
import JSON
import Kubernetes

/// What a leader takes: one Service at a time, a thousand that wait, a restart and a deletion among
/// thousands; beside the same API calls of a client that decides nothing.
@main struct ClusterBenchmark {
    /// Services in place; `BENCH_SERVICES` says otherwise.
    private static let inPlace =
        ProcessInfo.processInfo.environment["BENCH_SERVICES"].flatMap(Int.init) ?? 5_000
    private static let waiting = min(1_000, inPlace)
    private static let singles = 50
    private static let idleSeconds = 30

    static func main() async throws {
        guard let program = CommandLine.arguments.dropFirst().first else {
            print("usage: benchmark-cluster HERALDD")
            exit(2)
        }
        try await BenchmarkServer.running { kubeconfig in
            let access = try Kubeconfig(contentsOf: kubeconfig).access()
            let client = try KubernetesClient(access, userAgent: "benchmark")
            let watch = ServiceWatch()
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await watch.follow(client) }
                group.addTask {
                    let run = ClusterBenchmark(
                        client: client, watch: watch,
                        daemon: try MeasuredDaemon(program, kubeconfig: kubeconfig))
                    try await run.measure()
                }
                defer { group.cancelAll() }
                try await group.next()
            }
            await client.shutdown()
        }
    }

    let client: KubernetesClient
    let watch: ServiceWatch
    let daemon: MeasuredDaemon

    /// Each line as it is known, also into a file.
    private static func say(_ line: String) {
        FileHandle.standardOutput.write(Data((line + "\n").utf8))
    }

    private static func report(_ what: String, _ value: Double, _ unit: String) {
        say("\(what): \(String(format: "%.1f", value)) \(unit)")
    }

    private static func milliseconds(_ duration: Duration) -> Double {
        Double(duration.components.seconds) * 1e3 + Double(duration.components.attoseconds) / 1e15
    }

    // MARK: - The course

    private func measure() async throws {
        try await prepare()
        let version = try await client.version().gitVersion
        Self.say("API server \(version), \(Self.inPlace) Services in place")
        try await bareSingles("bare-a")
        try daemon.start()
        try await singles("first-a", "Service created to ingress, one at a time, p50")
        try daemon.stop()

        try await create(names("wait", Self.waiting))
        let bare = try await barePatches(names("wait", Self.waiting))
        Self.report("\(Self.waiting) PATCHes by a bare parallel client", bare, "ms")
        try await remove(names("wait", Self.waiting))
        try await create(names("held", Self.waiting))
        let start = ContinuousClock.now
        try daemon.start()
        let last = try await watch.awaitAllocated(names("held", Self.waiting))
        Self.report(
            "\(Self.waiting) waiting, from the start of the process",
            Self.milliseconds(last - start),
            "ms")

        let rest = names("more", Self.inPlace - Self.waiting)
        try await create(rest)
        _ = try await watch.awaitAllocated(rest)
        try await singles("first-b", "one at a time with all in place, p50")
        try daemon.stop()
        try await bareSingles("bare-b")
        try daemon.start()
        try await singles("first-c", "the same again, p50")
        try await restart()
        try await deletion()
        try await idle()
        try daemon.stop()
    }

    /// A restart without farewell: until a new Service has its address, and what it wrote.
    private func restart() async throws {
        try daemon.kill()
        let before = watch.changes(of: "held") + watch.changes(of: "more")
        let start = ContinuousClock.now
        try daemon.start()
        try await create(["after-restart"])
        let last = try await watch.awaitAllocated(["after-restart"])
        Self.report("restart to a new one's address", Self.milliseconds(last - start), "ms")
        let after = watch.changes(of: "held") + watch.changes(of: "more")
        Self.report("writes to those in place", Double(after - before), "")
    }

    private func deletion() async throws {
        let before = watch.changes(of: "held") + watch.changes(of: "more")
        try await remove(["held-0"])
        let start = ContinuousClock.now
        try await create(["after-deletion"])
        let last = try await watch.awaitAllocated(["after-deletion"])
        Self.report("one deletion, then the next new one", Self.milliseconds(last - start), "ms")
        let after = watch.changes(of: "held") + watch.changes(of: "more")
        Self.report("writes to those in place", Double(after - before), "")
    }

    private func idle() async throws {
        try await Task.sleep(for: .seconds(5))
        let before = try daemon.requests()
        try await Task.sleep(for: .seconds(Self.idleSeconds))
        let rate = (try daemon.requests() - before) / Double(Self.idleSeconds)
        Self.report("idle: requests of the leader", rate, "a second")
        Self.report("resident memory of the leader", daemon.memory, "MiB")
    }

    // MARK: - Parts

    private func names(_ prefix: String, _ count: Int) -> [String] {
        (0..<max(count, 0)).map { "\(prefix)-\($0)" }
    }

    /// What a cluster has.
    private func prepare() async throws {
        do {
            _ = try await client.create(Namespace(metadata: ObjectMeta(name: "herald-system")))
        } catch {
            // The embedded API has it from the start.
            guard error.isAlreadyExists else { throw error }
        }
        do {
            _ = try await client.create(Node(metadata: ObjectMeta(name: "bench")))
        } catch {
            guard error.isAlreadyExists else { throw error }
        }
    }

    /// Services with a slice each, sixteen at once.
    private func create(_ names: [String]) async throws {
        try await inParallel(names) { [client] name in
            var service = Service(metadata: ObjectMeta(name: name, namespace: "default"))
            service.spec.type = "LoadBalancer"
            service.spec.ports = [ServicePort(port: 80)]
            _ = try await client.create(service)
        }
        guard names.count > 1 else { return }
        try await inParallel(names) { [client] name in
            let labels = ["kubernetes.io/service-name": name]
            let slice = EndpointSlice(
                metadata: ObjectMeta(name: "\(name)-1", namespace: "default", labels: labels),
                addressType: "IPv4", endpoints: [])
            _ = try await client.create(slice)
        }
    }

    private func remove(_ names: [String]) async throws {
        try await inParallel(names) { [client] name in
            try await client.delete(
                Service.self, NamespacedName(namespace: "default", name: name))
        }
    }

    private func inParallel(
        _ names: [String], _ body: @Sendable @escaping (String) async throws -> Void
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (number, name) in names.enumerated() {
                if number >= 16 { try await group.next() }
                group.addTask { try await body(name) }
            }
            try await group.waitForAll()
        }
    }

    /// From the server's word that the Service is there until the watch shows its address.
    private func singles(_ prefix: String, _ what: String) async throws {
        // The first waits for the leader.
        try await create(["\(prefix)-warm"])
        _ = try await watch.awaitAllocated(["\(prefix)-warm"])
        var took: [Double] = []
        for name in names(prefix, Self.singles) {
            try await create([name])
            let created = ContinuousClock.now
            took.append(Self.milliseconds(try await watch.awaitAllocated([name]) - created))
        }
        took.sort()
        Self.report(what, took[took.count / 2], "ms (worst \(took.last ?? 0))")
    }

    /// The same by a client that watches and patches, and decides nothing.
    private func bareSingles(_ prefix: String) async throws {
        let client = client
        let patching = Task {
            for await feed in client.follow(Service.self) {
                for service in feed.present
                where service.status.ingress.isEmpty && service.metadata.name.hasPrefix(prefix) {
                    try await Self.patch(service, client)
                }
            }
        }
        defer { patching.cancel() }
        try await singles(prefix, "the same by a bare watch and patch, p50")
    }

    private static func patch(_ service: Service, _ client: KubernetesClient) async throws {
        var patch = ServiceStatusPatch(resourceVersion: service.metadata.resourceVersion)
        patch.ingress = .entries([LoadBalancerIngress(ip: "10.65.0.1")])
        patch.annotations = ["herald.dev/allocated-from": "bench"]
        _ = try await client.patchServiceStatus(service.namespacedName, patch)
    }

    /// How long it takes to write the same to all of these, sixteen at once.
    private func barePatches(_ names: [String]) async throws -> Double {
        let services = try await client.list(Service.self, in: "default").items
        let wanted = services.filter { names.contains($0.metadata.name) }
        let byName = Dictionary(wanted.map { ($0.metadata.name, $0) }) { $1 }
        let start = ContinuousClock.now
        try await inParallel(names) { [client] name in
            if let service = byName[name] { try await Self.patch(service, client) }
        }
        return Self.milliseconds(ContinuousClock.now - start)
    }
}

extension Feed {
    /// The objects that this tells of.
    fileprivate var present: [R] {
        switch self {
        case .snapshot(let objects): objects
        case .changed(let object): [object]
        case .removed, .interrupted, .resumed: []
        }
    }
}
