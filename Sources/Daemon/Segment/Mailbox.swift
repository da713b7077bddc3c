import LinkLayer
import Ownership
import Synchronization
import Wire

/// What other threads tell the segment loop, in order; posting never waits.
final class Mailbox: Sendable {
    enum Message: Sendable {
        case happened(OwnershipEvent)
        /// The keys that hellos are sealed and opened with.
        case keyringChanged(HelloKeyring)
        /// The indices of links on which the responder cannot answer now.
        case linksFailing(Set<Int32>)
        /// Nobody answers on the wire any more.
        case responderEnded(any Error)
        /// Nobody follows the node's links any more.
        case linksEnded(any Error)
        /// Hand everything over, then end.
        case leave
        /// End at once.
        case stop
    }

    private let messages = Mutex<[Message]>([])
    private let wakeUp: WakeUp

    init() throws(SystemCallError) {
        wakeUp = try WakeUp()
    }

    /// For `EventPoll`; readable while messages wait.
    var descriptorNumber: Int32 { wakeUp.descriptorNumber }

    func post(_ message: Message) {
        messages.withLock { $0.append(message) }
        wakeUp.signal()
    }

    /// The oldest messages, at most `count`; those that are left keep the mailbox readable.
    func take(atMost count: Int) -> [Message] {
        wakeUp.acknowledge()
        return messages.withLock { messages in
            let taken = Array(messages.prefix(count))
            messages.removeFirst(taken.count)
            if !messages.isEmpty { wakeUp.signal() }
            return taken
        }
    }
}
