import Addressing
import Timing
import Wire

/// The responder's rule for one Neighbor Discovery frame: no state, no allocation (BEHAVIOUR W3).
///
/// The frame is valid as RFC 4861 §7.1.1 has it, for it parsed. A probe (source `::`) is answered
/// like any solicitation, RFC 4862 §5.4.3: the host must learn that the address is in use. So is
/// one by unicast, with which hosts see whether an address is still where it was (RFC 4861 §7.3).
package func judgeSolicitation(
    _ frame: NDFrame, on link: Int32, ownAddress: LinkAddress, answers: AnswerTable,
    at now: Instant
) -> ResponderVerdict {
    guard case .solicitation(let solicitation) = frame.message else {
        return .ignore(.notARequest)
    }
    guard frame.source != ownAddress, solicitation.sourceLinkAddress != ownAddress else {
        return .ignore(.ownFrame)
    }
    guard frame.destination.isMulticast || frame.destination == ownAddress else {
        return .ignore(.notForThisLink)
    }
    guard let entry = answers.entry(of: .ipv6(solicitation.target), on: link, at: now)
    else { return .ignore(.notOurs) }
    guard !entry.isAnsweredByKernel else { return .ignore(.answeredByKernel) }
    guard frame.sender != solicitation.target else { return .ignore(.senderIsTarget) }
    return .answer
}

extension NeighborFrame {
    /// An advertisement says that the target is its sender's, or that its sender speaks for it.
    package init(_ frame: NDFrame, link: Int32) {
        let linkAddress = frame.message.linkAddress ?? frame.source
        switch frame.message {
        case .solicitation(let solicitation):
            self.init(
                link: link, source: frame.source,
                senderAddress: frame.sender == .any ? nil : .ipv6(frame.sender),
                senderLinkAddress: linkAddress, targetAddress: .ipv6(solicitation.target),
                isRequest: true)
        case .advertisement(let advertisement):
            self.init(
                link: link, source: frame.source, senderAddress: .ipv6(advertisement.target),
                senderLinkAddress: linkAddress, targetAddress: .ipv6(advertisement.target),
                isRequest: false, isAnswer: advertisement.flags.contains(.solicited))
        }
    }
}
