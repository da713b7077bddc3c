import Addressing
import Allocation
import Naming
import YAML

/// The keys of MetalLB's kinds that Herald reads.
enum MetalLBKeys {
    static let poolSpec = ["addresses", "autoAssign", "avoidBuggyIPs", "serviceAllocation"]
    static let serviceAllocation = [
        "priority", "namespaces", "namespaceSelectors", "serviceSelectors",
    ]
    static let advertisementSpec = [
        "ipAddressPools", "ipAddressPoolSelectors", "nodeSelectors", "interfaces",
        "serviceSelectors", "preferredNodeSelectors",
    ]
    static let preferredNodeSelectors = ["weight", "preference"]
    /// Kinds that speak of BGP, or that MetalLB writes itself: warned of and left out.
    static let unreadKinds = [
        "BGPPeer", "BGPAdvertisement", "BFDProfile", "Community", "ServiceL2Status",
        "ServiceBGPStatus", "BGPSessionStatus", "ConfigurationState",
    ]
}

/// An L2Advertisement: which of MetalLB's pools are announced, and where.
struct PlacedAdvertisement {
    let name: String
    let file: Int
    let position: YAMLPosition
    /// Names of pools and where they stand.
    let pools: [(name: String, position: YAMLPosition)]
    let poolSelectors: [LabelSelector]
    let policy: AnnouncePolicy

    /// With neither names nor selectors it is for every pool.
    func selects(_ pool: PlacedPool) -> Bool {
        if pools.isEmpty && poolSelectors.isEmpty { return true }
        return pools.contains { $0.name == pool.pool.name }
            || poolSelectors.contains { $0.matches(pool.labels) }
    }
}

extension YAMLReader {
    /// MetalLB's priority 0, and none at all, come after every other.
    static let priorityLast = Int(Int32.max)

    /// One document of kind IPAddressPool, with MetalLB's meaning: nothing is kept for a former
    /// holder, nothing rests, and it is announced only when an advertisement selects it.
    mutating func metalLBPool(_ document: YAMLNode, file: Int) -> PlacedPool? {
        guard let (object, spec, specNode) = metalLBObject(document) else { return nil }
        let fields = fields(of: spec, known: MetalLBKeys.poolSpec, in: "spec of an IPAddressPool")
        let ranges = placedRanges(fields["addresses"], in: specNode)
        guard let name = poolName(object["name"], in: document) else { return nil }
        var pool = Pool(name: name.text, ranges: ranges.map(\.range))
        pool.retain = .zero
        pool.priority = Self.priorityLast
        pool.autoAssign = boolean(fields["autoAssign"], default: true)
        pool.avoidsBuggyAddresses = boolean(fields["avoidBuggyIPs"], default: false)
        if let node = fields["serviceAllocation"] { readServiceAllocation(node, into: &pool) }
        checkNotEmpty(pool, specNode)
        return PlacedPool(
            pool: pool, file: file, namePosition: name.position, ranges: ranges,
            labels: labels(object["labels"]), awaitsAdvertisement: true)
    }

    /// A block without any selector is for every service and goes before pools without a block.
    private mutating func readServiceAllocation(_ node: YAMLNode, into pool: inout Pool) {
        let fields = fields(
            of: node, known: MetalLBKeys.serviceAllocation, in: "serviceAllocation")
        let priority = integer(fields["priority"], in: 0...Self.priorityLast, default: 0)
        if priority > 0 { pool.priority = priority }
        pool.namespaces = namespaces(fields["namespaces"])
        pool.namespaceSelectors = selectors(fields["namespaceSelectors"])
        pool.serviceSelectors = selectors(fields["serviceSelectors"])
        if !pool.selectsServices { pool.serviceSelectors = [LabelSelector()] }
    }

    /// One document of kind L2Advertisement; without a spec it is for every pool.
    mutating func l2Advertisement(_ document: YAMLNode, file: Int) -> PlacedAdvertisement? {
        guard let (object, spec, _) = metalLBObject(document) else { return nil }
        let fields =
            spec.isNull
            ? [:]
            : fields(
                of: spec, known: MetalLBKeys.advertisementSpec, in: "spec of an L2Advertisement")
        var pools: [(name: String, position: YAMLPosition)] = []
        _ = distinctList(fields["ipAddressPools"], of: "pool") { reader, node -> String? in
            guard let name = reader.text(node) else { return nil }
            pools.append((name, node.position))
            return name
        }
        var policy = AnnouncePolicy()
        policy.interfaces = interfaces(fields["interfaces"])
        policy.nodeSelectors = selectors(fields["nodeSelectors"])
        policy.preferredNodes = distinctList(fields["preferredNodeSelectors"], of: "preference") {
            $0.preference($1, keys: MetalLBKeys.preferredNodeSelectors)
        }
        if let node = fields["serviceSelectors"], !selectors(node).isEmpty {
            warn(
                node.position,
                "serviceSelectors of an L2Advertisement is not honoured: Herald announces every "
                    + "address of the pools; use serviceSelectors of the pool")
        }
        return PlacedAdvertisement(
            name: text(object["name"]) ?? "", file: file, position: document.position,
            pools: pools, poolSelectors: selectors(fields["ipAddressPoolSelectors"]),
            policy: policy)
    }

    /// Metadata, spec and the node to point at for what is missing. What the API server adds to an
    /// object is passed over: files are often copied out of a cluster.
    private mutating func metalLBObject(
        _ document: YAMLNode
    ) -> (metadata: [String: YAMLNode], spec: YAMLNode, place: YAMLNode)? {
        let known = ["apiVersion", "kind", "metadata", "spec", "status"]
        let top = fields(of: document, known: known, in: "the object")
        var metadata: [String: YAMLNode] = [:]
        if let node = top["metadata"],
            let entries = attempt({ () throws(YAMLError) in try node.mapping() })
        {
            for entry in entries {
                if case .scalar(let key, _) = entry.key.value { metadata[key] = entry.value }
            }
        }
        guard let spec = top["spec"] else {
            let kind = top["kind"].flatMap { text($0) }
            guard kind == "L2Advertisement" else {
                refuse(document.position, "the pool has no spec")
                return nil
            }
            let empty = YAMLNode(
                position: document.position, value: .scalar("", isPlain: true))
            return (metadata, empty, document)
        }
        return (metadata, spec, spec)
    }
}
