import Timing
import Wire

// A node whose loop stands still again and again lets others have its addresses.
extension Ownership {
    mutating func noteStall(at now: Instant) {
        if steadiness.noteStall(at: now) { noteSteadiness(isSteady: false) }
    }

    mutating func endUnsteadiness(at now: Instant) {
        if steadiness.advance(at: now) { noteSteadiness(isSteady: true) }
    }

    private mutating func noteSteadiness(isSteady: Bool) {
        isAllDirty = true
        owesHello = true
        outbox.append(.report(.unsteady(!isSteady)))
    }

    /// Others with a fresh view and time enough may hold the address.
    func hasSteadyCandidate(_ slot: Int) -> Bool {
        candidates(likeThoseOf: slot).contains {
            $0.node != NodeDirectory.ownIndex && !$0.isHindered
        }
    }
}
