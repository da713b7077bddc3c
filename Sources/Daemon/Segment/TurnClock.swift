import Synchronization
import Timing

/// When the segment loop last turned, for those who must not trust it when it stands still.
final class TurnClock: Sendable {
    private let nanoseconds = Atomic(Int64(0))

    /// The clock's origin, the machine's start, before the first turn.
    var last: Instant { Instant(nanoseconds: nanoseconds.load(ordering: .acquiring)) }

    func turned(at now: Instant) {
        nanoseconds.store(now.nanoseconds, ordering: .releasing)
    }
}
