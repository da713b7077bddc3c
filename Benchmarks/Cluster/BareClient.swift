import Foundation
import JSON
import Kubernetes

/// A Service as it is created: without node ports, of which a cluster has 2,768.
private struct NewService: Resource {
    static let kind = "Service"
    static let plural = "services"

    var metadata: ObjectMeta
    var spec: JSONValue = [
        "type": "LoadBalancer", "allocateLoadBalancerNodePorts": false,
        "selector": ["app": "bench"], "ports": [["port": 80]],
    ]
}

/// The same API calls by a client that decides nothing, and what all measurements need.
struct BareClient: Sendable {
    let client: KubernetesClient
    let watch: ServiceWatch

    /// Requests under way at once, each on a connection of its own: as many as a daemon writes.
    private static let parallel = 16

    /// What a cluster has.
    func prepare() async throws {
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

    /// Services; several of them with a slice of two endpoints each.
    func create(_ names: [String]) async throws {
        try await inParallel(names) { name in
            _ = try await client.create(
                NewService(metadata: ObjectMeta(name: name, namespace: "default")))
        }
        guard names.count > 1 else { return }
        try await inParallel(names) { name in
            let labels = ["kubernetes.io/service-name": name]
            let endpoints = ["10.244.0.5", "10.244.1.5"].map {
                Endpoint(
                    addresses: [$0], conditions: EndpointConditions(ready: true, serving: true),
                    nodeName: "bench")
            }
            _ = try await client.create(
                EndpointSlice(
                    metadata: ObjectMeta(name: "\(name)-1", namespace: "default", labels: labels),
                    addressType: "IPv4", endpoints: endpoints))
        }
    }

    func remove(_ names: [String]) async throws {
        try await inParallel(names) { name in
            try await client.delete(
                Service.self, NamespacedName(namespace: "default", name: name))
        }
    }

    private func inParallel(
        _ names: [String], _ body: @Sendable @escaping (String) async throws -> Void
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (number, name) in names.enumerated() {
                if number >= Self.parallel { try await group.next() }
                group.addTask { try await body(name) }
            }
            try await group.waitForAll()
        }
    }

    /// From a Service's creation to its ingress, by a watch and a patch, in milliseconds.
    func singles(_ count: Int, _ prefix: String) async throws -> [Double] {
        let patching = Task {
            for await feed in client.follow(Service.self) {
                for service in feed.present
                where service.status.ingress.isEmpty && service.metadata.name.hasPrefix(prefix) {
                    try await patch(service)
                }
            }
        }
        defer { patching.cancel() }
        var took: [Double] = []
        for number in 0...count {
            let name = "\(prefix)-\(number)"
            try await create([name])
            let created = ContinuousClock.now
            let last = try await watch.awaitAllocated([name])
            // The first waits for the watch.
            if number > 0 { took.append((last - created).inMilliseconds) }
        }
        return took
    }

    /// What a daemon writes, under names that no daemon knows.
    private func patch(_ service: Service) async throws {
        var patch = ServiceStatusPatch(resourceVersion: service.metadata.resourceVersion)
        patch.ingress = .entries([LoadBalancerIngress(ip: "10.65.0.1")])
        patch.annotations = ["example.com/allocated-from": "bench"]
        patch.conditions = [
            Condition(
                type: "example.com/Allocated", status: "True", reason: "Allocated",
                message: "10.65.0.1 from pool bench",
                lastTransitionTime: Time(secondsSince1970: Int64(Date().timeIntervalSince1970)))
        ]
        _ = try await client.patchServiceStatus(service.namespacedName, patch)
    }

    /// How long it takes to write the same to all of these, in milliseconds.
    func patches(_ names: [String]) async throws -> Double {
        let services = try await client.list(Service.self, in: "default").items
        let byName = Dictionary(services.map { ($0.metadata.name, $0) }) { $1 }
        let start = ContinuousClock.now
        try await inParallel(names) { name in
            if let service = byName[name] { try await patch(service) }
        }
        return (ContinuousClock.now - start).inMilliseconds
    }

    /// How long it takes to read all Services and slices, both at once, in milliseconds.
    func lists() async throws -> Double {
        let start = ContinuousClock.now
        async let services = client.list(Service.self)
        async let slices = client.list(EndpointSlice.self)
        _ = (try await services, try await slices)
        return (ContinuousClock.now - start).inMilliseconds
    }

    /// Takes the lease in the name of another node.
    func holdLease(for duration: Duration) async throws {
        let name = NamespacedName(namespace: "herald-system", name: "herald-allocator")
        let body: JSONValue = [
            "spec": [
                "holderIdentity": "another",
                "leaseDurationSeconds": JSONValue(Int(duration.components.seconds)),
            ]
        ]
        let _: Lease = try await client.patch(Lease.self, name, as: .merge, body)
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
