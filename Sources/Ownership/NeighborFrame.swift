import Addressing
import Wire

/// What an ARP packet or a Neighbor Discovery message says, without its form.
package struct NeighborFrame: Hashable, Sendable {
    package var link: Int32
    /// The Ethernet source.
    package var source: LinkAddress
    /// The address that the sender says is its own; nil in a probe (sender 0.0.0.0 or ::).
    package var senderAddress: IPAddress?
    /// ARP sender hardware address, or the link-layer address option.
    package var senderLinkAddress: LinkAddress
    /// The address that is asked for or, in a reply or an advertisement, answered to.
    package var targetAddress: IPAddress
    /// An ARP request or a neighbor solicitation.
    package var isRequest: Bool
    /// It answers a question of the receiver's; an announcement answers nobody's.
    package var isAnswer: Bool

    package init(
        link: Int32, source: LinkAddress, senderAddress: IPAddress?,
        senderLinkAddress: LinkAddress, targetAddress: IPAddress, isRequest: Bool,
        isAnswer: Bool? = nil
    ) {
        self.link = link
        self.source = source
        self.senderAddress = senderAddress
        self.senderLinkAddress = senderLinkAddress
        self.targetAddress = targetAddress
        self.isRequest = isRequest
        self.isAnswer = isAnswer ?? !isRequest
    }

    /// An operation other than request counts as an answer (RFC 826 merges on any).
    package init(_ frame: ARPFrame, link: Int32) {
        let packet = frame.packet
        self.init(
            link: link, source: frame.source,
            senderAddress: packet.senderProtocolAddress == .any
                ? nil : .ipv4(packet.senderProtocolAddress),
            senderLinkAddress: packet.senderHardwareAddress,
            targetAddress: .ipv4(packet.targetProtocolAddress),
            isRequest: packet.operation == .request,
            isAnswer: packet.operation != .request
                && packet.targetProtocolAddress != packet.senderProtocolAddress)
    }
}
