import Addressing
import LinkLayer

/// The frames that wait in a link's sockets, taken and answered some at a time; belongs to the
/// responder's thread.
struct WaitingFrames: ~Copyable {
    /// Frames of one socket that are taken before others have a turn.
    static let perTurnMax = 64
    /// How often an empty socket is looked at again while frames follow each other: falling asleep and
    /// being woken costs both sides more than that.
    static let looksMax = 16
    /// A whole Ethernet frame: what is cut is not understood.
    static let bytesMax = 1_536

    private var heard = FrameBatch(capacity: bytesMax)
    private var answers = FrameBatch(capacity: bytesMax)

    /// Takes the frames of one kind that wait on a link, up to its share of a turn; allocates nothing.
    ///
    /// - Parameter areMany: many are taken at once, and waited for; else one, which is cheaper where
    ///   there is one. That others wait is seen by the poll.
    mutating func answer<Frame: AskingFrame>(
        _ kind: Frame.Type, of socket: PacketSocket, on link: AnnouncingLink,
        by responder: Responder, areMany: Bool
    ) throws(SystemCallError) {
        let own = OwnLink(index: link.link.index, address: link.link.address)
        var (taken, looks) = (0, 1)
        while taken < Self.perTurnMax, looks > 0 {
            looks -= 1
            try socket.receive(into: &heard, atMost: areMany ? FrameBatch.countMax : 1)
            guard heard.count > 0 else { continue }
            answers.removeAll()
            try responder.take(kind, in: heard, on: own, of: socket, answers: &answers)
            taken += heard.count
            looks = areMany ? Self.looksMax : 0
        }
    }
}
