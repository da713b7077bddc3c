import Timing

/// This node's turn at a free address (rule 10).
///
/// A turn is counted from when the node came to have its rank. Had it been counted from when the
/// node became a candidate, a load that is heard late could make two ranks' turns come at once, of
/// which neither could hear the other.
struct Candidacy: Hashable, Sendable {
    /// Since when the address is free and this node a candidate.
    let since: Instant
    private(set) var rank: Int
    /// Since when it has this rank: its turn is counted from here.
    private(set) var rankedSince: Instant

    /// For so long after `since` a change of rank makes the turn count anew: loads that go on
    /// changing put off no claim for ever.
    static let changesMax: Duration = .milliseconds(100)

    init(rank: Int, at now: Instant) {
        self.rank = rank
        since = now
        rankedSince = now
    }

    mutating func take(rank: Int, at now: Instant) {
        guard rank != self.rank else { return }
        self.rank = rank
        rankedSince = min(now, since + Self.changesMax)
    }
}
