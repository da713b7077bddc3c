import Addressing
import LinkLayer
import Synchronization

/// What the segment loop asks of the responder's thread, until it looks.
final class ResponderOrders: Sendable {
    /// Frames that wait to be sent; more are dropped, for the schedule repeats them.
    static let outgoingMax = 16_384

    struct Waiting: Sendable {
        /// The links to answer and announce on, when they changed.
        var links: [Link]?
        var outgoing: [OutgoingFrame] = []
        var stops = false
    }

    private let waiting = Mutex(Waiting())
    private let wakeUp: WakeUp

    init() throws(SystemCallError) {
        wakeUp = try WakeUp()
    }

    /// For `EventPoll`; readable while orders wait.
    var descriptorNumber: Int32 { wakeUp.descriptorNumber }

    /// Listen on exactly these links.
    func follow(_ links: [Link]) {
        waiting.withLock { $0.links = links }
        wakeUp.signal()
    }

    /// Send these frames, in this order.
    ///
    /// - Returns: how many were dropped.
    func send(_ frames: [OutgoingFrame]) -> Int {
        let dropped = waiting.withLock { waiting in
            let room = Self.outgoingMax - waiting.outgoing.count
            waiting.outgoing += frames.prefix(room)
            return max(0, frames.count - room)
        }
        wakeUp.signal()
        return dropped
    }

    func stop() {
        waiting.withLock { $0.stops = true }
        wakeUp.signal()
    }

    /// Everything that waits.
    func take() -> Waiting {
        wakeUp.acknowledge()
        return waiting.withLock { waiting in
            defer { waiting = Waiting() }
            return waiting
        }
    }
}
