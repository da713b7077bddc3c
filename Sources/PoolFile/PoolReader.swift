import Addressing
import Allocation
import YAML

/// A pool and where its name and ranges stand, to say what overlaps what.
struct PlacedPool {
    var pool: Pool
    let file: Int
    let namePosition: YAMLPosition
    /// One for each of `pool.ranges`, with the text as written.
    let ranges: [(range: AddressRange, text: String, position: YAMLPosition)]
    /// Labels of the object, by which an advertisement may choose it.
    var labels: [String: String] = [:]
    /// True for MetalLB's kind, which is announced only when an advertisement says so.
    var awaitsAdvertisement = false
}

/// The keys of Herald's own kind, in the order of the reference file.
enum PoolKeys {
    static let document = ["apiVersion", "kind", "metadata", "spec"]
    static let metadata = ["name"]
    static let spec = [
        "addresses", "exclude", "autoAssign", "avoidBuggyIPs", "priority", "namespaces",
        "namespaceSelectors", "serviceSelectors", "quota", "reuseDelay", "retain", "drain",
        "announce",
    ]
    static let quota = ["perNamespace"]
    static let announce = ["enabled", "mode", "interfaces", "nodeSelectors", "preferNodes"]
    static let preferNodes = ["weight", "selector"]
}

extension YAMLReader {
    static let priorityBounds = -1_000_000...1_000_000
    static let quotaBounds = 0...1_000_000_000
    static let weightBounds = 1...100

    /// One document of kind AddressPool.
    mutating func addressPool(_ document: YAMLNode, file: Int) -> PlacedPool? {
        let top = fields(of: document, known: PoolKeys.document, in: "an AddressPool")
        let metadata = top["metadata"].map {
            fields(of: $0, known: PoolKeys.metadata, in: "metadata")
        }
        let name = poolName(metadata?["name"], in: document)
        guard let specNode = top["spec"] else {
            refuse(document.position, "the pool has no spec")
            return nil
        }
        let spec = fields(of: specNode, known: PoolKeys.spec, in: "spec")
        let ranges = placedRanges(spec["addresses"], in: specNode)
        guard let name else { return nil }
        var pool = Pool(name: name.text, ranges: ranges.map(\.range))
        pool.excluded = excluded(spec["exclude"], of: pool)
        readAssignment(spec, into: &pool)
        readPlace(spec, into: &pool)
        checkNotEmpty(pool, specNode)
        return PlacedPool(pool: pool, file: file, namePosition: name.position, ranges: ranges)
    }

    private mutating func readAssignment(_ spec: [String: YAMLNode], into pool: inout Pool) {
        pool.autoAssign = boolean(spec["autoAssign"], default: pool.autoAssign)
        pool.avoidsBuggyAddresses = boolean(spec["avoidBuggyIPs"], default: false)
        pool.priority = integer(
            spec["priority"], in: Self.priorityBounds, default: pool.priority)
        pool.reuseDelay = duration(spec["reuseDelay"], default: pool.reuseDelay)
        pool.retain = duration(spec["retain"], default: pool.retain)
        pool.isDraining = boolean(spec["drain"], default: false)
        guard let node = spec["quota"] else { return }
        let quota = fields(of: node, known: PoolKeys.quota, in: "quota")
        let count = integer(quota["perNamespace"], in: Self.quotaBounds, default: 0)
        pool.quotaPerNamespace = count == 0 ? nil : count
    }

    private mutating func readPlace(_ spec: [String: YAMLNode], into pool: inout Pool) {
        pool.namespaces = namespaces(spec["namespaces"])
        pool.namespaceSelectors = selectors(spec["namespaceSelectors"])
        pool.serviceSelectors = selectors(spec["serviceSelectors"])
        if let node = spec["announce"] { pool.announce = announcePolicy(node) }
    }

    private mutating func announcePolicy(_ node: YAMLNode) -> AnnouncePolicy {
        let fields = fields(of: node, known: PoolKeys.announce, in: "announce")
        var policy = AnnouncePolicy()
        policy.isEnabled = boolean(fields["enabled"], default: policy.isEnabled)
        if let node = fields["mode"], let word = text(node) {
            let known = AnnouncePolicy.Mode.allCases.map(\.rawValue).joined(separator: " nor ")
            if let mode = AnnouncePolicy.Mode(rawValue: word) {
                policy.mode = mode
            } else {
                refuse(node.position, "mode \"\(word)\" is neither \(known)")
            }
        }
        policy.interfaces = interfaces(fields["interfaces"])
        policy.nodeSelectors = selectors(fields["nodeSelectors"])
        policy.preferredNodes = distinctList(fields["preferNodes"], of: "preference") {
            $0.preference($1, keys: PoolKeys.preferNodes)
        }
        return policy
    }

    /// `keys`: what the weight and the selector are called.
    mutating func preference(
        _ node: YAMLNode, keys: [String]
    ) -> AnnouncePolicy.NodePreference? {
        let fields = fields(of: node, known: keys, in: "a node preference")
        guard let weight = fields[keys[0]], let selectorNode = fields[keys[1]] else {
            refuse(node.position, "a node preference needs \(keys[0]) and \(keys[1])")
            return nil
        }
        let number = integer(weight, in: Self.weightBounds, default: 1)
        return selector(selectorNode).map {
            AnnouncePolicy.NodePreference(weight: number, selector: $0)
        }
    }
}
