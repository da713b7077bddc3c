import Timing

/// Something that goes wrong, or that somebody does, at a moment, and for a while unless it is an
/// act.
package struct Fault: Hashable, Sendable {
    package var at: Moment
    package var verb: Verb
    /// The nodes it befalls, by index; for a partition one side.
    package var nodes: [Int]
    /// In a partition: the clients are on the side of `nodes`; else they hear both.
    package var withClients: Bool
    /// The allocated address it befalls, by number.
    package var address: Int?
    /// Parts of a million for `lose`, milliseconds for `lag` and `usurp`, the link's number for
    /// `unplug`.
    package var amount: Int?
    /// Absent: for good, or an act that is over at once.
    package var lasts: Duration?

    package init(
        at: Moment, _ verb: Verb, nodes: [Int] = [], withClients: Bool = false,
        address: Int? = nil, amount: Int? = nil, lasts: Duration? = nil
    ) {
        self.at = at
        self.verb = verb
        self.nodes = nodes
        self.withClients = withClients
        self.address = address
        self.amount = amount
        self.lasts = lasts
    }

    package var end: Moment { at + (lasts ?? .zero) }

    package enum Verb: String, Hashable, Sendable, CaseIterable {
        /// The daemon dies with empty memory; the host's kernel goes on. Restarts at the end.
        case kill
        /// The whole host is without power; boots at the end.
        case power
        /// SIGTERM: hands over, exits, starts again at the end.
        case stop
        /// SIGSTOP and SIGCONT: the clock runs.
        case pause
        /// The virtual machine stands, its clock with it.
        case stun
        /// The segment loop gets no processor; the responder goes on.
        case stall
        /// No frame from or to the node; its carrier stays.
        case cut
        /// The node sends nothing.
        case mute
        /// The node receives nothing.
        case deafen
        /// Carrier loss, seen by the node; `amount` is the link.
        case unplug
        /// The host firewall drops hellos in and out; ARP passes.
        case block
        /// `heraldctl drain`, then `undrain`.
        case drain
        /// The Node object is deleted, then made again.
        case forget
        /// The API is away for these nodes, or for all.
        case offline
        /// Watch events reach these nodes up to `amount` milliseconds late.
        case lag
        /// Watch events to these nodes are lost; at the end they list again.
        case miss
        /// These nodes apart from the rest.
        case partition
        /// Frames from the first node to the second are lost.
        case oneway
        /// No frame between two nodes.
        case pair
        /// Hellos from the first node to the second are lost; ARP passes.
        case hush
        /// ARP and Neighbor Discovery of the node do not come out; hellos do.
        case gag
        /// ARP and Neighbor Discovery do not reach the node; hellos do.
        case dull
        /// So many frames of a million are lost, everywhere.
        case lose
        /// An address is deleted, and made again at the end if there is one.
        case remove
        /// An address that did not exist is made.
        case add
        /// Only these nodes may hold the address, until the end.
        case restrict
        /// A foreign host announces the address, again every `amount` milliseconds if there is one, and
        /// answers for it.
        case usurp
        /// A second daemon starts on another host under this node's name.
        case twin
        /// The node has another key: its hellos are refused and it refuses all.
        case rekey
        /// A node that was absent from the plan's start is started.
        case start
        /// `heraldctl rebalance` on every node.
        case rebalance
    }
}
