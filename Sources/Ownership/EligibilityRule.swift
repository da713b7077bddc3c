/// Which nodes may answer for an address, from what the API says of services and nodes.
///
/// The caller has read endpoints and nodes already; what is decided here is how they combine.
package struct EligibilityRule: Hashable, Sendable {
    /// What one service on the address can do, for endpoints of the address's own family.
    package struct Service: Hashable, Sendable {
        /// An endpoint is ready or serving, on whatever node.
        package var hasEndpoint: Bool
        /// With `externalTrafficPolicy: Local` the nodes that have such an endpoint; nil for
        /// `Cluster`, where any node will do.
        package var localNodes: Set<String>?

        package init(hasEndpoint: Bool, localNodes: Set<String>? = nil) {
            self.hasEndpoint = hasEndpoint
            self.localNodes = localNodes
        }
    }

    /// The services that hold the address.
    package var services: [Service]
    /// The nodes that neither a condition, a label nor the pool's selectors exclude.
    package var nodes: Set<String>

    package init(services: [Service], nodes: Set<String>) {
        self.services = services
        self.nodes = nodes
    }

    /// Decides in this order:
    ///
    /// 1. No service has an endpoint: nobody, `noEndpoints`.
    /// 2. The Local services have no node in common: nobody, `noCommonNode`.
    /// 3. All of the remaining nodes are excluded: nobody, `noCandidate`.
    /// 4. Else the nodes that are left, ascending.
    package var eligibility: Eligibility {
        guard services.contains(where: \.hasEndpoint) else { return .nobody(.noEndpoints) }
        let local = services.compactMap(\.localNodes)
        let common = local.dropFirst().reduce(local.first) { $0?.intersection($1) }
        if let common, common.isEmpty { return .nobody(.noCommonNode) }
        let left = common.map(nodes.intersection) ?? nodes
        return left.isEmpty ? .nobody(.noCandidate) : .nodes(left.sorted())
    }
}
