import Addressing
import Timing
import Wire

/// What to do with an ARP frame that reached one of our links.
package enum ResponderVerdict: Hashable, Sendable {
    /// Send `frame.reply(from:)` with the link's own address.
    case answer
    case ignore(Reason)

    /// Why a frame is not answered.
    package enum Reason: String, Hashable, Sendable {
        /// A reply, or an operation that we do not know.
        case notARequest
        /// Sent to another host's link-layer address.
        case notForThisLink
        /// It asks for an address that this link does not announce.
        case notOurs
        /// The address is on the link, and the kernel answers.
        case answeredByKernel
        /// Its sender says that the address is its own: a conflict or an echo, no question.
        case senderIsTarget
        /// It comes from our own link-layer address.
        case ownFrame
    }
}

/// The responder's rule for one frame: no state, no allocation (BEHAVIOUR W1, W2).
///
/// A probe (sender 0.0.0.0) is answered like any request, RFC 5227 §2.1.1: the host must learn that
/// the address is in use.
package func judgeRequest(
    _ frame: ARPFrame, on link: Int32, ownAddress: LinkAddress, answers: AnswerTable,
    at now: Instant
) -> ResponderVerdict {
    let packet = frame.packet
    guard packet.operation == .request else { return .ignore(.notARequest) }
    guard frame.source != ownAddress, packet.senderHardwareAddress != ownAddress else {
        return .ignore(.ownFrame)
    }
    guard frame.destination == .broadcast || frame.destination == ownAddress else {
        return .ignore(.notForThisLink)
    }
    guard let entry = answers.entry(of: .ipv4(packet.targetProtocolAddress), on: link, at: now)
    else { return .ignore(.notOurs) }
    guard !entry.isAnsweredByKernel else { return .ignore(.answeredByKernel) }
    guard packet.senderProtocolAddress != packet.targetProtocolAddress else {
        return .ignore(.senderIsTarget)
    }
    return .answer
}
