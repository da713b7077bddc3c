import Addressing
import Ownership
import Timing
import Wire

/// The link that a frame came by, as far as answers need it.
struct OwnLink {
    let index: Int32
    let address: LinkAddress
}

/// A frame that may ask something of the addresses that are answered for, as the responder's sockets
/// hear them: ARP, Neighbor Discovery, pings.
protocol AskingFrame {
    /// Throws when the bytes are no such frame.
    init(parsing bytes: UnsafeRawBufferPointer) throws(ParseError)

    /// Whether this node answers it; allocates nothing.
    func isAnswered(on link: OwnLink, answers: AnswerTable, at now: Instant) -> Bool

    /// Writes the answer to the front of `buffer`, and gives its bytes; allocates nothing.
    func writeAnswer(
        from link: OwnLink, into buffer: UnsafeMutableRawBufferPointer
    ) -> UnsafeRawBufferPointer

    /// What the segment loop learns from it; nil: nothing.
    func told(on link: OwnLink) -> NeighborFrame?
}

extension ARPFrame: AskingFrame {
    func isAnswered(on link: OwnLink, answers: AnswerTable, at now: Instant) -> Bool {
        judgeRequest(self, on: link.index, ownAddress: link.address, answers: answers, at: now)
            == .answer
    }

    func writeAnswer(
        from link: OwnLink, into buffer: UnsafeMutableRawBufferPointer
    ) -> UnsafeRawBufferPointer {
        reply(from: link.address).serialize(into: buffer)
        return UnsafeRawBufferPointer(rebasing: buffer[..<Self.byteCount])
    }

    func told(on link: OwnLink) -> NeighborFrame? { NeighborFrame(self, link: link.index) }
}

extension NDFrame: AskingFrame {
    func isAnswered(on link: OwnLink, answers: AnswerTable, at now: Instant) -> Bool {
        judgeSolicitation(
            self, on: link.index, ownAddress: link.address, answers: answers, at: now) == .answer
    }

    func writeAnswer(
        from link: OwnLink, into buffer: UnsafeMutableRawBufferPointer
    ) -> UnsafeRawBufferPointer {
        advertisement(from: link.address).serialize(into: buffer)
    }

    func told(on link: OwnLink) -> NeighborFrame? { NeighborFrame(self, link: link.index) }
}

extension EchoRequest: AskingFrame {
    func isAnswered(on link: OwnLink, answers: AnswerTable, at now: Instant) -> Bool {
        isAnswered(on: link.index, ownAddress: link.address, answers: answers, at: now)
    }

    /// No longer than the request.
    func writeAnswer(
        from link: OwnLink, into buffer: UnsafeMutableRawBufferPointer
    ) -> UnsafeRawBufferPointer {
        reply(into: buffer)
    }

    func told(on link: OwnLink) -> NeighborFrame? { nil }
}
