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

    private let waiting = Mutex(Batch())
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
        let (fits, isFirst) = waiting.withLock { waiting in
            guard isEvidence else {
                guard waiting.requests.count < Self.requestsMax else { return (false, false) }
                waiting.requests.append(frame)
                return (true, false)
            }
            guard waiting.evidence.count < Self.evidenceMax else { return (false, false) }
            waiting.evidence.append(frame)
            return (true, waiting.evidence.count == 1)
        }
        if !fits { dropped.add(1, ordering: .relaxed) }
        if isFirst { wakeUp.signal() }
    }

    /// To be called when the descriptor is readable, before `postpone` or `take`: evidence that comes
    /// in between makes it readable again, at worst for nothing.
    func acknowledge() { wakeUp.acknowledge() }

    /// Leaves everything waiting; nobody is woken for more of it until it has been taken.
    ///
    /// - Returns: whether there is evidence.
    func postpone() -> Bool {
        waiting.withLock { !$0.evidence.isEmpty }
    }

    /// Puts what waits into `batch` and takes its emptied space in exchange.
    func take(into batch: inout Batch) {
        batch.removeAll()
        waiting.withLock { swap(&$0, &batch) }
    }
}
