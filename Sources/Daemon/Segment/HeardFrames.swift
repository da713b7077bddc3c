import LinkLayer
import Ownership
import Synchronization

/// Frames of other hosts on their way from the responder to the segment loop.
///
/// Bounded, so that a flood costs neither memory nor the loop's time; what does not fit is dropped
/// and counted. Evidence has a share of its own, which plain requests cannot fill.
final class HeardFrames: Sendable {
    /// Replies, announcements, probes, claims of our addresses: kept for one turn of the loop.
    static let evidenceMax = 256
    /// Requests among other hosts, which say only that somebody is there.
    static let requestsMax = 32

    struct Batch: Sendable {
        fileprivate(set) var evidence: [NeighborFrame] = []
        fileprivate(set) var requests: [NeighborFrame] = []

        /// Reserves its space, so that no frame makes it grow.
        init() {
            evidence.reserveCapacity(HeardFrames.evidenceMax)
            requests.reserveCapacity(HeardFrames.requestsMax)
        }

        fileprivate mutating func removeAll() {
            evidence.removeAll(keepingCapacity: true)
            requests.removeAll(keepingCapacity: true)
        }
    }

    private struct Waiting: Sendable {
        var batch = Batch()
        /// `wakeUp` is readable: read only then, for every turn of the loop looks here.
        var isSignalled = false
    }

    private let waiting = Mutex(Waiting())
    private let dropped = Atomic(0)
    private let wakeUp: WakeUp

    init() throws(SystemCallError) {
        wakeUp = try WakeUp()
    }

    /// For `EventPoll`; readable while evidence waits. Plain requests wait for the next turn.
    var descriptorNumber: Int32 { wakeUp.descriptorNumber }

    /// How many frames did not fit.
    var droppedCount: Int { dropped.load(ordering: .relaxed) }

    /// Allocates nothing and never waits for the loop.
    func note(_ frame: NeighborFrame, isEvidence: Bool) {
        let fits = waiting.withLock { waiting in
            guard isEvidence else {
                guard waiting.batch.requests.count < Self.requestsMax else { return false }
                waiting.batch.requests.append(frame)
                return true
            }
            guard waiting.batch.evidence.count < Self.evidenceMax else { return false }
            waiting.batch.evidence.append(frame)
            if waiting.batch.evidence.count == 1 {
                wakeUp.signal()
                waiting.isSignalled = true
            }
            return true
        }
        if !fits { dropped.add(1, ordering: .relaxed) }
    }

    /// Leaves everything waiting, and wakes nobody for it until it has been taken.
    ///
    /// - Returns: whether there is evidence.
    func postpone() -> Bool {
        waiting.withLock { waiting in
            acknowledge(&waiting)
            return !waiting.batch.evidence.isEmpty
        }
    }

    /// Puts what waits into `batch` and takes its emptied space in exchange.
    func take(into batch: inout Batch) {
        batch.removeAll()
        waiting.withLock { waiting in
            acknowledge(&waiting)
            swap(&waiting.batch, &batch)
        }
    }

    private func acknowledge(_ waiting: inout Waiting) {
        guard waiting.isSignalled else { return }
        wakeUp.acknowledge()
        waiting.isSignalled = false
    }
}
