import Naming

/// Where and how the addresses of a pool are announced.
package struct AnnouncePolicy: Hashable, Sendable {
    /// False: allocated and never announced, nor probed.
    package var isEnabled: Bool
    package var mode: Mode
    /// Names of links; empty: the link is chosen by the routes.
    package var interfaces: [String]
    /// One of them must match a node's labels; empty: every node.
    package var nodeSelectors: [LabelSelector]
    package var preferredNodes: [NodePreference]

    package init(
        isEnabled: Bool = true, mode: Mode = .responder, interfaces: [String] = [],
        nodeSelectors: [LabelSelector] = [], preferredNodes: [NodePreference] = []
    ) {
        self.isEnabled = isEnabled
        self.mode = mode
        self.interfaces = interfaces
        self.nodeSelectors = nodeSelectors
        self.preferredNodes = preferredNodes
    }

    /// Who answers for an address of the pool; spelled as in pool files.
    package enum Mode: String, Hashable, Sendable, CaseIterable {
        /// The daemon answers; the address is on no interface.
        case responder
        /// The address is put on the announcing interface and the kernel answers.
        case address
    }

    /// Adds `weight` to every node whose labels match.
    package struct NodePreference: Hashable, Sendable {
        /// 1 to 100, as in Kubernetes' preferred scheduling terms.
        package var weight: Int
        package var selector: LabelSelector

        package init(weight: Int, selector: LabelSelector) {
            self.weight = weight
            self.selector = selector
        }
    }
}
