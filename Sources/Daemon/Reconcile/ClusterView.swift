import Addressing
import Allocation
import Kubernetes
import Ownership

/// What the API says, by kind, and what is derived from it.
struct ClusterView: Sendable {
    var services = ObjectStore<Kubernetes.Service>()
    var nodes = ObjectStore<Node>()
    /// Only while this node allocates: nobody else needs them.
    var namespaces = ObjectStore<Namespace>()
    var endpointSlices = ObjectStore<SliceFacts>()
    /// The names of each Service's slices.
    private var slicesByService: [NamespacedName: [NamespacedName]] = [:]

    /// What `applyNodes` compares; nil before the first list.
    private var nodeFacts: [NamespacedName: NodeFacts]?

    /// What this node's own Node had for addresses before: perhaps a namesake's.
    var formerAddresses: [IPAddress] = []

    /// Every kind that the segment rests on was listed at least once.
    var isSynced: Bool { services.isSynced && nodes.isSynced && endpointSlices.isSynced }

    /// One of these kinds at least is not followed: what is known may be out of date.
    var isInterrupted: Bool {
        services.isInterrupted || nodes.isInterrupted || endpointSlices.isInterrupted
    }

    var namespaceLabels: [String: [String: String]] {
        Dictionary(
            uniqueKeysWithValues: namespaces.objects.map { ($0.key.name, $0.value.metadata.labels) }
        )
    }

    /// Every Service as allocation sees it, sorted by name.
    func requests(class serviceClass: ServiceClass) -> [ServiceRequest] {
        services.objects.keys.sorted().compactMap { name in
            services.objects[name].map { ServiceRequest($0, class: serviceClass) }
        }
    }

    /// The addresses of Node objects, which must never be handed out.
    var nodeAddresses: [ForbiddenAddress] {
        nodes.objects.values.flatMap { node in
            node.addresses.map {
                ForbiddenAddress($0, use: "an address of node \(node.metadata.name)")
            }
        }.sorted()
    }

    /// Every node with its InternalIPs, sorted by name.
    var peers: [PeerNode] {
        nodes.objects.values
            .map { PeerNode($0.metadata.name, addresses: $0.internalAddresses) }
            .sorted { $0.name < $1.name }
    }

    /// The same, and where a namesake of this node may be.
    func peers(of node: String) -> [PeerNode] {
        peers.map { peer in
            guard peer.name == node else { return peer }
            return PeerNode(node, addresses: peer.addresses + formerAddresses)
        }
    }

    /// The slices of one Service, in no order.
    func slices(of service: NamespacedName) -> [SliceFacts] {
        (slicesByService[service] ?? []).compactMap { endpointSlices.objects[$0] }
    }

    /// Takes in one feed of Nodes; true when it changes anything that is rested on here.
    ///
    /// A kubelet that comes and goes, or says that it is there, concerns nobody: hellos say who is
    /// alive.
    mutating func applyNodes(_ feed: Feed<Node>) -> Bool {
        _ = nodes.apply(feed)
        guard nodes.isSynced else { return false }
        let new = nodes.objects.mapValues(NodeFacts.init)
        defer { nodeFacts = new }
        return new != nodeFacts
    }

    /// Takes in one feed of slices; returns the Services whose endpoints may have changed.
    mutating func applySlices(_ feed: Feed<EndpointSlice>) -> Set<NamespacedName> {
        switch feed {
        case .snapshot: return applyList(feed)
        case .changed(let slice), .removed(let slice): return applyOne(feed, slice.namespacedName)
        case .interrupted, .resumed:
            _ = endpointSlices.apply(feed)
            return []
        }
    }

    private mutating func applyList(_ feed: Feed<EndpointSlice>) -> Set<NamespacedName> {
        let before = endpointSlices.objects
        guard case .listed(let changed) = endpointSlices.apply(feed) else { return [] }
        slicesByService = [:]
        for (name, slice) in endpointSlices.objects { index(name, of: slice.service) }
        return changed.reduce(into: []) { services, name in
            let sides = [before[name]?.service, endpointSlices.objects[name]?.service]
            services.formUnion(sides.compactMap { $0 })
        }
    }

    private mutating func applyOne(
        _ feed: Feed<EndpointSlice>, _ name: NamespacedName
    ) -> Set<NamespacedName> {
        let before = endpointSlices.objects[name]?.service
        guard case .object = endpointSlices.apply(feed) else { return [] }
        let after = endpointSlices.objects[name]?.service
        if let before {
            slicesByService[before]?.removeAll { $0 == name }
            if slicesByService[before]?.isEmpty == true { slicesByService[before] = nil }
        }
        index(name, of: after)
        return Set([before, after].compactMap { $0 })
    }

    private mutating func index(_ slice: NamespacedName, of service: NamespacedName?) {
        if let service { slicesByService[service, default: []].append(slice) }
    }
}

/// All of a Node that any decision rests on.
private struct NodeFacts: Hashable, Sendable {
    private let addresses: [IPAddress]
    private let otherAddresses: [IPAddress]
    private let labels: [String: String]
    private let mayAnnounce: Bool

    init(_ node: Node) {
        addresses = node.internalAddresses
        otherAddresses = node.addresses.filter { !node.internalAddresses.contains($0) }
        labels = node.metadata.labels
        // The label that excludes is among the labels.
        mayAnnounce = node.mayAnnounce(ignoresExcludeLabel: true)
    }
}

extension Node {
    /// Its addresses of every type; names are none.
    var addresses: [IPAddress] { status.addresses.compactMap { try? IPAddress($0.address) } }

    /// The node's InternalIPs, in the order of the API.
    var internalAddresses: [IPAddress] {
        status.addresses.filter { $0.type == "InternalIP" }.compactMap {
            try? IPAddress($0.address)
        }
    }
}
