import Addressing

/// What the API says about one allocated address: that it exists and who may hold it.
package struct AddressFacts: Hashable, Sendable {
    package var address: IPAddress
    /// The pool's `announce.interfaces`; empty: the link is chosen by route.
    package var interfaces: [String]
    /// The pool's `announce.enabled`.
    package var isAnnounced: Bool
    /// The pool's `announce.mode` is `address`: its owner puts it on its links, and the kernel answers.
    package var isPutOnLinks: Bool
    package var eligibility: Eligibility
    /// Sums of the `preferNodes` weights by node name; absent is 0.
    package var preferences: [String: Int]

    package init(
        _ address: IPAddress, eligibility: Eligibility, interfaces: [String] = [],
        isAnnounced: Bool = true, isPutOnLinks: Bool = false, preferences: [String: Int] = [:]
    ) {
        self.address = address
        self.interfaces = interfaces
        self.isAnnounced = isAnnounced
        self.isPutOnLinks = isPutOnLinks
        self.eligibility = eligibility
        self.preferences = preferences
    }
}

/// Which nodes may answer for an address, as far as the API knows (BEHAVIOUR E1 to E3).
package enum Eligibility: Hashable, Sendable {
    /// Node names in ascending order, at least one.
    case nodes([String])
    case nobody(NobodyReason)
}

/// Why no node may answer for an address; the raw values are the reasons that users see.
package enum NobodyReason: String, Hashable, Sendable {
    /// No endpoint of the address's family is ready or serving anywhere.
    case noEndpoints = "NoEndpoints"
    /// Services that share the address have no node in common.
    case noCommonNode = "NoCommonNode"
    /// Every node is excluded: by condition, by label or by the pool's selectors.
    case noCandidate = "NoCandidate"
}

/// A node that the API or the configuration knows, with its InternalIPs.
package struct PeerNode: Hashable, Sendable {
    package var name: String
    package var addresses: [IPAddress]

    package init(_ name: String, addresses: [IPAddress]) {
        self.name = name
        self.addresses = addresses
    }
}
