import Addressing
import Timing
import Wire

/// What happened, as the segment loop or the simulated world tells it.
package enum OwnershipEvent: Sendable {
    /// Every link and route of the node, whenever one of them changed.
    case linksChanged(LinkTable)
    /// The whole set of addresses: from the API (fresh) or from `lastknown.json` (stale).
    case viewLoaded([AddressFacts], isFresh: Bool)
    /// Addresses that were added or whose facts changed, and addresses that are no more.
    case addressesChanged([AddressFacts], removed: [IPAddress])
    /// The API was lost: what is known may be out of date.
    case viewBecameStale
    /// The API is back and nothing was missed; after a new list send `viewLoaded` instead.
    case viewBecameFresh
    /// Whether the fresh view holds this node's own Node object.
    case ownNodePresent(Bool)
    /// All nodes that Node objects name; this node itself may be among them.
    case peersChanged([PeerNode])
    /// The hash of the pool set that was loaded.
    case poolSetChanged(UInt64)

    /// A datagram whose HMAC, cluster and hop limit were right.
    ///
    /// `received`: when it came out of the link, where that was before now.
    case helloReceived(Hello, link: Int32, source: IPAddress, received: Instant? = nil)
    /// A datagram that was not; only counted.
    case datagramRefused(HelloRefusal, link: Int32)
    /// Any ARP or Neighbor Discovery frame of another host.
    case frameReceived(NeighborFrame)

    /// The allocating leader wants these probed before first use (RFC 5227).
    case probeRequested([IPAddress])
    /// The same, each on the links of its pool.
    case probesRequested([ProbeRequest])
    /// `heraldctl drain` or `undrain` of this node.
    case drainChanged(Bool)
    /// SIGTERM: hand over everything, then `finishedLeaving`.
    case leaveRequested
    /// `heraldctl rebalance`.
    case rebalanceRequested
    /// `nextDeadline` has come; how late is judged from `now`.
    case deadlineReached
}

/// An address to be probed, and where.
package struct ProbeRequest: Hashable, Sendable {
    package var address: IPAddress
    /// The pool's `announce.interfaces`; empty: the link is chosen by route.
    package var interfaces: [String]

    package init(_ address: IPAddress, interfaces: [String] = []) {
        self.address = address
        self.interfaces = interfaces
    }
}
