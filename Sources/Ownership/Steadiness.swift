import Timing

/// Whether this node's loop stands still again and again, because its host leaves it too little time.
///
/// A node listens anew after each stall (rule 11), and is heard all the while: nobody succeeds it,
/// and what it owns is dark more often than not. One stall is no reason to give anything away; a
/// host that is short of time is.
///
/// steady → unsteady (several stalls within the window) → steady (none for the calm).
struct Steadiness: Hashable, Sendable {
    /// So many stalls within the window are more than an accident.
    static let stallsMax = 3
    static let window: Duration = .seconds(5)
    /// A host that was short of time so lately may be so again.
    static let calm: Duration = .seconds(10)

    private(set) var isUnsteady = false
    /// The latest, at most `stallsMax`, ascending.
    private var stalls: [Instant] = []

    /// True when the node has just become unsteady.
    mutating func noteStall(at now: Instant) -> Bool {
        stalls.removeAll { now - $0 >= Self.window }
        stalls.append(now)
        if stalls.count > Self.stallsMax { stalls.removeFirst() }
        guard !isUnsteady, stalls.count == Self.stallsMax else { return false }
        isUnsteady = true
        return true
    }

    /// True when the node has just become steady.
    mutating func advance(at now: Instant) -> Bool {
        guard let nextDeadline, now >= nextDeadline else { return false }
        self = Steadiness()
        return true
    }

    /// When it becomes steady again if nothing happens.
    var nextDeadline: Instant? {
        isUnsteady ? stalls.last.map { $0 + Self.calm } : nil
    }
}
