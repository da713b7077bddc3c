import Addressing

/// An Ethernet frame that carries a neighbor solicitation or advertisement (RFC 4861 §4.3, §4.4).
package struct NDFrame: Hashable, Sendable {
    /// With a link-layer address option; without one it is 8 bytes shorter.
    package static let byteCountMax = headersBytes + messageBytesMin + NDOption.byteCount

    package var destination: LinkAddress
    package var source: LinkAddress
    /// The packet's source; `::` in a probe.
    package var sender: IPv6Address
    /// The packet's destination: a group, or one host.
    package var receiver: IPv6Address
    package var message: Message

    package init(
        destination: LinkAddress, source: LinkAddress, sender: IPv6Address, receiver: IPv6Address,
        message: Message
    ) {
        self.destination = destination
        self.source = source
        self.sender = sender
        self.receiver = receiver
        self.message = message
    }

    /// The two messages that ask where an address is, and tell.
    package enum Message: Hashable, Sendable {
        case solicitation(NeighborSolicitation)
        case advertisement(NeighborAdvertisement)

        package var target: IPv6Address {
            switch self {
            case .solicitation(let message): message.target
            case .advertisement(let message): message.target
            }
        }

        /// Where the sender says that it, or the target, is.
        package var linkAddress: LinkAddress? {
            switch self {
            case .solicitation(let message): message.sourceLinkAddress
            case .advertisement(let message): message.targetLinkAddress
            }
        }
    }

    /// Hop limit of every message: it cannot have passed a router (RFC 4861 §7.1.1).
    package static let hopLimit: UInt8 = 255

    /// Reads a whole frame; bytes after the packet are padding and are not looked at.
    ///
    /// Throws when the frame carries something else, or a message that RFC 4861 §7.1.1 and §7.1.2
    /// say is to be discarded. Extension headers are something else: nobody sends these messages
    /// with one, and fragments are forbidden (RFC 6980).
    package init(parsing bytes: UnsafeRawBufferPointer) throws(ParseError) {
        var reader = ByteReader(bytes)
        let ethernet = try EthernetHeader(parsing: &reader)
        try Self.require(UInt64(ethernet.etherType.rawValue), 0x86DD, "EtherType")
        let header = try IPv6Header(parsing: &reader)
        try Self.require(UInt64(header.nextHeader), UInt64(IPv6Header.icmpv6), "IPv6 next header")
        try Self.require(UInt64(header.hopLimit), UInt64(Self.hopLimit), "IPv6 hop limit")
        let payload = try reader.bytes(Int(header.payloadLength), "ICMPv6 message")
        (destination, source) = (ethernet.destination, ethernet.source)
        (sender, receiver) = (header.source, header.destination)
        message = try Self.message(of: payload, header)
        try requireValidity()
    }

    private static func message(
        of payload: UnsafeRawBufferPointer, _ header: IPv6Header
    ) throws(ParseError) -> Message {
        var reader = ByteReader(payload)
        let type = try reader.uint8("ICMPv6 type")
        try require(UInt64(try reader.uint8("ICMPv6 code")), 0, "ICMPv6 code")
        let field = try reader.uint16("ICMPv6 checksum")
        var checksum = InternetChecksum(
            pseudoHeaderOf: header.source, header.destination, nextHeader: header.nextHeader,
            messageBytes: payload.count)
        checksum.add(payload)
        guard checksum.isRight else {
            throw ParseError(
                "ICMPv6 checksum", .unexpected(found: UInt64(field), wanted: "the right one"))
        }
        switch type {
        case NeighborSolicitation.type:
            return .solicitation(try NeighborSolicitation(parsing: &reader))
        case NeighborAdvertisement.type:
            return .advertisement(try NeighborAdvertisement(parsing: &reader))
        default:
            throw ParseError(
                "ICMPv6 type", .unexpected(found: UInt64(type), wanted: "135 or 136 (ND)"))
        }
    }

    /// What depends on where the packet comes from and goes to; a group sends nothing (RFC 4291 §2.7).
    private func requireValidity() throws(ParseError) {
        guard !sender.isMulticast else {
            throw ParseError(
                "IPv6 source", .unexpected(found: UInt64(sender.bits >> 120), wanted: "no group"))
        }
        switch message {
        case .solicitation(let solicitation):
            guard sender == .any else { return }
            guard receiver.isSolicitedNodeGroup else {
                throw ParseError(
                    "destination of a probe",
                    .unexpected(
                        found: UInt64(receiver.bits >> 112), wanted: "a solicited-node group"))
            }
            guard solicitation.sourceLinkAddress == nil else {
                throw ParseError(
                    "options of a probe",
                    .unexpected(found: 1, wanted: "no source link-layer address"))
            }
        case .advertisement(let advertisement):
            guard receiver.isMulticast, advertisement.flags.contains(.solicited) else { return }
            throw ParseError(
                "NA flags", .unexpected(found: 1, wanted: "not solicited when sent to a group"))
        }
    }

    private static func require(
        _ found: UInt64, _ wanted: UInt64, _ field: String
    ) throws(ParseError) {
        guard found == wanted else {
            throw ParseError(field, .unexpected(found: found, wanted: "\(wanted)"))
        }
    }

    private static let headersBytes = EthernetHeader.byteCount + IPv6Header.byteCount
    /// Without options (RFC 4861 §7.1.1).
    private static let messageBytesMin = 24
}

extension NDFrame {
    /// 78 or 86.
    package var byteCount: Int {
        Self.headersBytes + messageBytes
    }

    private var messageBytes: Int {
        Self.messageBytesMin + (message.linkAddress == nil ? 0 : NDOption.byteCount)
    }

    package func serialize(into writer: inout ByteWriter) {
        EthernetHeader(destination: destination, source: source, etherType: .ipv6)
            .serialize(into: &writer)
        IPv6Header(
            payloadLength: UInt16(messageBytes), nextHeader: IPv6Header.icmpv6,
            hopLimit: Self.hopLimit, source: sender, destination: receiver
        ).serialize(into: &writer)
        let start = writer.count
        switch message {
        case .solicitation(let solicitation):
            writer.uint8(NeighborSolicitation.type)
            writer.zeros(3)
            solicitation.serialize(into: &writer)
        case .advertisement(let advertisement):
            writer.uint8(NeighborAdvertisement.type)
            writer.zeros(3)
            advertisement.serialize(into: &writer)
        }
        var checksum = InternetChecksum(
            pseudoHeaderOf: sender, receiver, nextHeader: IPv6Header.icmpv6,
            messageBytes: messageBytes)
        checksum.add(writer.written(from: start))
        writer.overwrite(checksum.field, at: start + 2)
    }

    /// Writes the frame at the front of `buffer`, which must hold `byteCount` bytes, and gives them.
    package func serialize(into buffer: UnsafeMutableRawBufferPointer) -> UnsafeRawBufferPointer {
        var writer = ByteWriter(buffer)
        serialize(into: &writer)
        return writer.written(from: 0)
    }
}
