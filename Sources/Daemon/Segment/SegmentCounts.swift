/// What the responder did since the start, for metrics.
package struct SegmentCounts: Hashable, Sendable {
    /// Requests that were answered.
    package let answered: Int
    /// Answers and announcements held back: the loop stood still, or the address was lost.
    package let withheld: Int
    /// Frames that a link did not take: it was down, gone or full.
    package let lost: Int
    /// Frames that are no ARP for IPv4 over Ethernet, and no valid Neighbor Discovery.
    package let malformed: Int
    /// Frames that did not fit on their way to the segment loop.
    package let unheard: Int
}
