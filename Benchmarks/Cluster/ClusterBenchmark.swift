import Foundation
import JSON
import Kubernetes

/// What a leader takes: one Service at a time, a thousand that wait, a restart and a deletion among
/// thousands, and what it costs when nothing happens; beside the same API calls of a client that
/// decides nothing.
@main struct ClusterBenchmark {
    /// Services in place; `BENCH_SERVICES` says otherwise.
    private static let inPlace =
        ProcessInfo.processInfo.environment["BENCH_SERVICES"].flatMap(Int.init) ?? 5_000
    private static let waiting = min(1_000, inPlace)
    private static let singles = 50
    private static let deletions = 10
    private static let idleSeconds = 30

    static func main() async throws {
        guard let program = CommandLine.arguments.dropFirst().first else {
            print("usage: benchmark-cluster HERALDD")
            exit(2)
        }
        do {
            try await BenchmarkServer.running { kubeconfig in
                let access = try Kubeconfig(contentsOf: kubeconfig).access()
                let client = try KubernetesClient(access, userAgent: "benchmark")
                let watching = try KubernetesClient(access, userAgent: "benchmark")
                do {
                    try await measure(program, kubeconfig, client, watching)
                } catch {
                    await client.shutdown()
                    await watching.shutdown()
                    throw error
                }
                await client.shutdown()
                await watching.shutdown()
            }
        } catch {
            FileHandle.standardError.write(Data("benchmark-cluster: \(error)\n".utf8))
            exit(1)
        }
    }

    private static func measure(
        _ program: String, _ kubeconfig: String, _ client: KubernetesClient,
        _ watching: KubernetesClient
    ) async throws {
        let watch = ServiceWatch()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await watch.follow(watching) }
            group.addTask {
                let run = ClusterBenchmark(
                    bare: BareClient(client: client, watch: watch), watch: watch,
                    daemon: try MeasuredDaemon(program, kubeconfig: kubeconfig))
                do {
                    try await run.measure()
                } catch {
                    FileHandle.standardError.write(
                        Data("heraldd said:\n\(run.daemon.log)\n".utf8))
                    throw error
                }
            }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    let bare: BareClient
    let watch: ServiceWatch
    let daemon: MeasuredDaemon

    // MARK: - The course

    private func measure() async throws {
        try await bare.prepare()
        let version = try await bare.client.version().gitVersion
        Figure.say("API server \(version), \(Self.inPlace) Services with a slice each in place")
        let before = try await bare.singles(Self.singles, "bare-a")
        try daemon.start()
        try await singles("none", "Service created to ingress, the first ones, p50 (worst)", before)
        try daemon.stop()
        try await thousand()
        try await fill()
        try daemon.stop()
        let among = try await bare.singles(Self.singles, "bare-b")
        try daemon.start()
        try await singles("late", "the same with all in place, p50 (worst)", among)
        try await restart()
        try await deletion(among)
        try await idle("leader", limit: 2)
        try daemon.stop()
        try await follow()
    }

    private func singles(_ prefix: String, _ what: String, _ bare: [Double]) async throws {
        // The first waits for the leader.
        try await awaitOne("\(prefix)-first")
        var took: [Double] = []
        for name in names(prefix, Self.singles) { took.append(try await awaitOne(name)) }
        let limit = min(10, 2 * bare.median)
        Figure(what, took, bare: bare, limit: limit, unit: "ms").report()
    }

    /// From the server's word that it is there until the watch shows its address.
    @discardableResult
    private func awaitOne(_ name: String) async throws -> Double {
        try await bare.create([name])
        let created = ContinuousClock.now
        return (try await watch.awaitAllocated([name]) - created).inMilliseconds
    }

    private func thousand() async throws {
        try await bare.create(names("wait", Self.waiting))
        let patches = try await bare.patches(names("wait", Self.waiting))
        try await bare.remove(names("wait", Self.waiting))
        try await bare.create(names("held", Self.waiting))
        let start = ContinuousClock.now
        try daemon.start()
        let last = try await watch.awaitAllocated(names("held", Self.waiting))
        Figure(
            "\(Self.waiting) waiting, from the start of the process",
            [(last - start).inMilliseconds], bare: [patches], limit: min(5_000, 1.3 * patches),
            unit: "ms"
        ).report()
        let first = names("held", Self.waiting).compactMap { watch.allocated($0) }.min() ?? last
        Figure.say("  the first of them after \(Int((first - start).inMilliseconds)) ms")
    }

    private func fill() async throws {
        let rest = names("more", Self.inPlace - Self.waiting)
        try await bare.create(rest)
        _ = try await watch.awaitAllocated(rest)
    }

    /// A restart without farewell: until a new Service has its address, and what it wrote.
    private func restart() async throws {
        let lists = try await bare.lists()
        try daemon.kill()
        let before = changes
        let start = ContinuousClock.now
        try daemon.start()
        try await bare.create(["after-restart"])
        let last = try await watch.awaitAllocated(["after-restart"])
        Figure(
            "restart to a new one's address (bare: the lists)", [(last - start).inMilliseconds],
            bare: [lists], limit: 3_000, unit: "ms"
        ).report()
        Figure("writes to those in place", [Double(changes - before)], limit: 0, unit: "").report()
    }

    private func deletion(_ among: [Double]) async throws {
        let before = changes
        var took: [Double] = []
        for number in 0..<Self.deletions {
            try await bare.remove(["held-\(number)"])
            took.append(try await awaitOne("after-deletion-\(number)"))
        }
        Figure(
            "one deletion, then the next new one, p50 (worst)", took, bare: among, limit: 20,
            unit: "ms"
        ).report()
        Figure("writes to those in place", [Double(changes - before)], limit: 0, unit: "").report()
    }

    private func idle(_ role: String, limit: Double) async throws {
        try await Task.sleep(for: .seconds(5))
        let before = try daemon.requests()
        try await Task.sleep(for: .seconds(Self.idleSeconds))
        let rate = (try daemon.requests() - before) / Double(Self.idleSeconds)
        Figure("idle requests of a \(role)", [rate], limit: limit, unit: "a second").report()
        Figure("resident memory of a \(role)", [daemon.memory], limit: 60, unit: "MiB").report()
    }

    /// Somebody else holds the lease meanwhile.
    private func follow() async throws {
        try await bare.holdLease(for: .seconds(Self.idleSeconds * 4))
        try daemon.start()
        try await idle("follower", limit: 1)
        guard try daemon.isFollower() else { throw Unexpected("the daemon leads") }
        try daemon.stop()
    }

    private var changes: Int { watch.changes(of: "held") + watch.changes(of: "more") }

    private func names(_ prefix: String, _ count: Int) -> [String] {
        (0..<max(count, 0)).map { "\(prefix)-\($0)" }
    }
}

/// What a benchmark did not count on.
struct Unexpected: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}

extension Duration {
    var inMilliseconds: Double {
        Double(components.seconds) * 1e3 + Double(components.attoseconds) / 1e15
    }
}
