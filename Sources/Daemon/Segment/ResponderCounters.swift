import Synchronization

/// What the responder did, counted since its start.
final class ResponderCounters: Sendable {
    private let answers = Atomic(0)
    private let losses = Atomic(0)
    private let withholdings = Atomic(0)
    private let malformations = Atomic(0)

    /// Requests that were answered.
    var answeredCount: Int { answers.load(ordering: .relaxed) }
    /// Frames that a link did not take: it was down, gone or full.
    var lostCount: Int { losses.load(ordering: .relaxed) }
    /// Answers and announcements that were held back: the segment loop stood still, or the address
    /// was lost meanwhile.
    var withheldCount: Int { withholdings.load(ordering: .relaxed) }
    /// Frames that are no ARP for IPv4 over Ethernet, and no valid Neighbor Discovery.
    var malformedCount: Int { malformations.load(ordering: .relaxed) }

    func answered(_ count: Int) { answers.add(count, ordering: .relaxed) }
    func lost(_ count: Int) { losses.add(count, ordering: .relaxed) }
    func withheld(_ count: Int) { withholdings.add(count, ordering: .relaxed) }
    func malformed() { malformations.add(1, ordering: .relaxed) }
}
