import Addressing
import Allocation
import Kubernetes
import Naming
import Ownership

/// Derives what the segment loop has to know of an address from the objects of the API.
struct FactsDerivation {
    private let cluster: ClusterView
    private let pools: PoolSet
    /// Nodes that nothing but a pool's selectors can exclude, by name.
    private let candidates: [Node]

    /// - Parameter ignoresExcludeLabel: nodes labelled as excluded from external load balancers
    ///   announce all the same.
    init(cluster: ClusterView, pools: PoolSet, ignoresExcludeLabel: Bool) {
        self.cluster = cluster
        self.pools = pools
        candidates = cluster.nodes.objects.values
            .filter { $0.mayAnnounce(ignoresExcludeLabel: ignoresExcludeLabel) }
            .sorted { $0.metadata.name < $1.metadata.name }
    }

    /// The facts of one address; nil when no pool covers it any more.
    func facts(of address: IPAddress, heldBy holders: [NamespacedName]) -> AddressFacts? {
        guard let pool = pools.pool(containing: address) else { return nil }
        let policy = pool.announce
        let nodes = candidates.filter { node in
            policy.nodeSelectors.isEmpty
                || policy.nodeSelectors.contains { $0.matches(node.metadata.labels) }
        }
        let rule = EligibilityRule(
            services: holders.compactMap { service($0, family: address.family) },
            nodes: Set(nodes.map(\.metadata.name)))
        return AddressFacts(
            address, eligibility: rule.eligibility, interfaces: policy.interfaces,
            isAnnounced: policy.isEnabled, isPutOnLinks: policy.mode == .address,
            preferences: preferences(policy, among: nodes))
    }

    private func service(
        _ name: NamespacedName, family: AddressFamily
    ) -> EligibilityRule.Service? {
        guard let service = cluster.services.objects[name] else { return nil }
        let slices = cluster.slices(of: name).filter { $0.addressType == family.rawValue }
        let isLocal = service.spec.externalTrafficPolicy == TrafficPolicy.local.rawValue
        return EligibilityRule.Service(
            hasEndpoint: slices.contains(where: \.hasEndpoint),
            localNodes: isLocal ? Set(slices.flatMap(\.nodes)) : nil)
    }

    /// The weights of every preference that matches a node add up; 0 is left out.
    private func preferences(_ policy: AnnouncePolicy, among nodes: [Node]) -> [String: Int] {
        var sums: [String: Int] = [:]
        for node in nodes {
            let weights = policy.preferredNodes
                .filter { $0.selector.matches(node.metadata.labels) }.map(\.weight)
            let sum = weights.reduce(0, +)
            if sum != 0 { sums[node.metadata.name] = sum }
        }
        return sums
    }
}

extension Node {
    static let excludeLabel = "node.kubernetes.io/exclude-from-external-load-balancers"

    /// Neither without a network nor labelled as excluded.
    func mayAnnounce(ignoresExcludeLabel: Bool) -> Bool {
        let hasNoNetwork = status.conditions.contains {
            $0.type == "NetworkUnavailable" && $0.status == "True"
        }
        let isExcluded = metadata.labels[Self.excludeLabel] != nil
        return !hasNoNetwork && (ignoresExcludeLabel || !isExcluded)
    }
}
