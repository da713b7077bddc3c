/// A while during which two nodes answered for one address.
package struct Overlap: Hashable, Sendable {
    package let address: Int
    /// The two, ascending.
    package let nodes: [Int]
    package let since: Moment
    package var kind: Kind
    /// When it ended; `.never` while it lasts.
    package var end = Moment.never

    /// What it follows from; each kind has its own bound.
    package enum Kind: String, Hashable, Sendable, CaseIterable {
        /// The two cannot hear each other.
        case severed
        /// They could not until lately.
        case healed
        /// One of them came back from a pause or started, or its link came up.
        case resumed
        /// The cluster starts: nodes that become candidates at one moment do not know it of each other
        /// until the next hello, and two may claim at once.
        case starting
        /// None of these: a hand-over.
        case handOver
    }

    package var nanoseconds: Int64 { end.nanoseconds - since.nanoseconds }
}
