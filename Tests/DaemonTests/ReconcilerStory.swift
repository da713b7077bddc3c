import Addressing
import Allocation
import Kubernetes
import Ownership
import Timing

@testable import Daemon
@testable import PoolFile

/// A reconciler and the API as it would answer, moved along step by step.
struct ReconcilerStory {
    var reconciler: Reconciler
    var now = Instant.zero
    /// ConfigMap `herald-retained` as the server has it.
    var retained: ConfigMap?
    /// How often it was written.
    private(set) var retainedWrites = 0
    /// False: calls for it are left unanswered.
    var answersRetained = true
    private var version = 100

    static let time = WallTime(microseconds: 1_767_323_045_000_000)

    init(
        isLeader: Bool = true, pools: [Pool], retained: ConfigMap? = nil, probesAhead: Int = 0
    ) {
        self.retained = retained
        reconciler = Reconciler(
            configuration: Reconciler.Configuration(
                node: "n1",
                serviceClass: ServiceClass(name: "herald.dev/herald", isRequired: false),
                server: "https://127.0.0.1:6481", probesAhead: probesAhead))
        if isLeader { send(.leadershipChanged(isLeader: true, leader: "n1")) }
        send(.poolsLoaded(PoolFile.Contents(pools: PoolSet(pools), warnings: [])))
        send(.helloKeysRead([Self.helloKey]))
        send(.clusterIdentified(uid: Self.clusterUID))
        send(.nodes(.snapshot([Self.node("n1")])))
        send(.endpointSlices(.snapshot([])))
        send(.linksChanged(LinkTable()))
    }

    static let helloKey = Array("0123456789abcdef".utf8)

    static let clusterUID = "uid-kube-system"

    static var namespaces: [Namespace] {
        ["default", "kube-system"].map { Namespace(metadata: ObjectMeta(name: $0)) }
    }

    @discardableResult
    mutating func send(_ event: ReconcilerEvent) -> [ReconcilerEffect] {
        let effects = reconciler.handle(event, at: now, time: Self.time)
        return effects + effects.flatMap { answer($0) }
    }

    /// Does with the ConfigMap what the server would, and feeds the answer back; so with the list
    /// of namespaces.
    private mutating func answer(_ effect: ReconcilerEffect) -> [ReconcilerEffect] {
        switch effect {
        case .followNamespaces(true):
            return send(.namespaces(.snapshot(Self.namespaces)))
        case .readRetained where !answersRetained, .writeRetained where !answersRetained:
            return []
        case .readRetained:
            return send(.retainedRead(.success(retained)))
        case .writeRetained(let write):
            guard write.version == retained?.metadata.resourceVersion else {
                return send(.retainedWritten(.failure(.conflict)))
            }
            retainedWrites += 1
            let object = Self.retained(write.text, version: nextVersion())
            retained = object
            return send(.retainedWritten(.success(object)))
        default:
            return []
        }
    }

    static func retained(_ text: String, version: String) -> ConfigMap {
        ConfigMap(
            metadata: ObjectMeta(
                name: "herald-retained", namespace: "herald-system", resourceVersion: version),
            data: ["addresses": text])
    }

    /// Lets the time pass after which what is known is on the disk.
    mutating func letTheViewBeSaved() {
        now = now + Recollection.saveDelay
        send(.deadlineReached)
    }

    /// Answers every probe with `free` and returns all effects.
    mutating func sendAndProbe(_ event: ReconcilerEvent) -> [ReconcilerEffect] {
        let effects = send(event)
        return effects
            + effects.probes.flatMap { send(.ownership(.probeFinished($0, .free))) }
    }

    /// Carries a status write out as the server would and feeds its answer back.
    mutating func carryOut(_ effects: [ReconcilerEffect]) -> [ReconcilerEffect] {
        effects.writes.flatMap { key, patch -> [ReconcilerEffect] in
            let name = NamespacedName(namespace: key.namespace, name: key.name)
            guard var service = reconciler.cluster.services.objects[name] else { return [] }
            service.apply(patch, version: nextVersion())
            return send(.statusWritten(key, .success(service)))
        }
    }

    mutating func nextVersion() -> String {
        version += 1
        return "\(version)"
    }

    static func pool(_ range: String, name: String = "public") throws -> Pool {
        Pool(name: name, ranges: [try AddressRange(range)], retain: .zero)
    }

    static func node(_ name: String, labels: [String: String] = [:]) -> Node {
        Node(metadata: ObjectMeta(name: name, labels: labels))
    }

    static func service(
        _ name: String, version: String = "1", type: String = "LoadBalancer",
        annotations: [String: String] = [:], ingress: [String] = []
    ) -> Kubernetes.Service {
        var metadata = ObjectMeta(
            name: name, namespace: "default", annotations: annotations, resourceVersion: version)
        metadata.uid = "uid-\(name)"
        var spec = ServiceSpec()
        spec.type = type
        spec.clusterIP = "10.96.0.10"
        spec.clusterIPs = ["10.96.0.10"]
        spec.ipFamilies = ["IPv4"]
        spec.ipFamilyPolicy = "SingleStack"
        spec.ports = [Kubernetes.ServicePort(port: 80)]
        var status = ServiceStatus()
        status.ingress = ingress.map { LoadBalancerIngress(ip: $0) }
        return Kubernetes.Service(metadata: metadata, spec: spec, status: status)
    }

    static func slice(
        of service: String, ready: Bool? = true, node: String = "n1"
    ) -> EndpointSlice {
        EndpointSlice(
            metadata: ObjectMeta(
                name: "\(service)-1", namespace: "default",
                labels: [EndpointSlice.serviceNameLabel: service]),
            addressType: "IPv4",
            endpoints: [
                Endpoint(
                    addresses: ["10.244.0.5"], conditions: EndpointConditions(ready: ready),
                    nodeName: node)
            ])
    }
}

extension Kubernetes.Service {
    /// What the server makes of a status patch.
    mutating func apply(_ patch: ServiceStatusPatch, version: String) {
        switch patch.ingress {
        case .unchanged: break
        case .entries(let entries): status.ingress = entries
        case .none: status.ingress = []
        }
        for (key, value) in patch.annotations { metadata.annotations[key] = value }
        let types = patch.conditions.map(\.type) + patch.removedConditions
        status.conditions.removeAll { types.contains($0.type) }
        status.conditions += patch.conditions
        metadata.resourceVersion = version
    }
}

extension [ReconcilerEffect] {
    var writes: [(key: ServiceKey, patch: ServiceStatusPatch)] {
        compactMap { effect in
            guard case .writeStatus(let key, let patch) = effect else { return nil }
            return (key, patch)
        }
    }

    var probes: [IPAddress] {
        flatMap { effect -> [IPAddress] in
            guard case .tellSegment(.probesRequested(let requests)) = effect else { return [] }
            return requests.map(\.address)
        }
    }

    var events: [ServiceEvent] {
        compactMap { effect in
            guard case .recordEvent(let event) = effect else { return nil }
            return event
        }
    }

    /// The facts that the segment loop was told, whole view or difference.
    var facts: [AddressFacts] {
        flatMap { effect -> [AddressFacts] in
            switch effect {
            case .tellSegment(.viewLoaded(let facts, _)): facts
            case .tellSegment(.addressesChanged(let facts, _)): facts
            default: []
            }
        }
    }

    var asksForNamespaces: Bool {
        contains { if case .followNamespaces(true) = $0 { true } else { false } }
    }

    var removed: [IPAddress] {
        flatMap { effect -> [IPAddress] in
            guard case .tellSegment(.addressesChanged(_, let removed)) = effect else { return [] }
            return removed
        }
    }

    /// What the segment loop is told, by name, in order; the hash of the pools left out.
    var segmentEvents: [String] {
        compactMap { effect in
            switch effect {
            case .useKeyring: "keyring"
            case .tellSegment(.peersChanged): "peersChanged"
            case .tellSegment(.ownNodePresent): "ownNodePresent"
            case .tellSegment(.viewLoaded(_, let isFresh)):
                isFresh ? "viewLoaded" : "staleViewLoaded"
            case .tellSegment(.addressesChanged): "addressesChanged"
            case .tellSegment(.viewBecameFresh): "viewBecameFresh"
            case .tellSegment(.viewBecameStale): "viewBecameStale"
            default: nil
            }
        }
    }

    var lastKnown: [LastKnown] {
        compactMap { effect in
            guard case .saveLastKnown(let lastKnown) = effect else { return nil }
            return lastKnown
        }
    }
}
