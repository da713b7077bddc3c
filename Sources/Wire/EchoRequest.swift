import Addressing

/// A ping: an ICMP or ICMPv6 echo request for one host, in its Ethernet frame (RFC 792, RFC 4443
/// §4.1).
///
/// It borrows the bytes that it was read from, and must not outlive them.
package struct EchoRequest {
    package let destination: LinkAddress
    package let source: LinkAddress
    /// Both of one family.
    package let sender: IPAddress
    package let receiver: IPAddress
    /// Identifier, sequence number and whatever follows: the answer gives it back as it is.
    private let content: UnsafeRawBufferPointer

    /// Reads a whole frame; bytes after the packet are padding and are not looked at.
    ///
    /// Throws when the frame carries something else, a fragment, or a message whose checksum is wrong.
    package init(parsing bytes: UnsafeRawBufferPointer) throws(ParseError) {
        var reader = ByteReader(bytes)
        let ethernet = try EthernetHeader(parsing: &reader)
        (destination, source) = (ethernet.destination, ethernet.source)
        var checksum: InternetChecksum
        let message: UnsafeRawBufferPointer
        let type: UInt8
        switch ethernet.etherType {
        case .ipv4:
            let header = try IPv4Header(parsing: &reader)
            try Self.require(header.protocolNumber, IPv4Header.icmp, "IPv4 protocol")
            (sender, receiver) = (.ipv4(header.source), .ipv4(header.destination))
            message = try reader.bytes(Int(header.payloadLength), "ICMP message")
            checksum = InternetChecksum()
            type = Self.type
        case .ipv6:
            let header = try IPv6Header(parsing: &reader)
            try Self.require(header.nextHeader, IPv6Header.icmpv6, "IPv6 next header")
            (sender, receiver) = (.ipv6(header.source), .ipv6(header.destination))
            message = try reader.bytes(Int(header.payloadLength), "ICMPv6 message")
            checksum = InternetChecksum(
                pseudoHeaderOf: header.source, header.destination,
                nextHeader: header.nextHeader, messageBytes: message.count)
            type = Self.typeIPv6
        default:
            throw ParseError(
                "EtherType",
                .unexpected(found: UInt64(ethernet.etherType.rawValue), wanted: "IPv4 or IPv6"))
        }
        checksum.add(message)
        var body = ByteReader(message)
        try Self.require(try body.uint8("ICMP type"), type, "ICMP type")
        try Self.require(try body.uint8("ICMP code"), 0, "ICMP code")
        let field = try body.uint16("ICMP checksum")
        guard checksum.isRight else {
            throw ParseError(
                "ICMP checksum", .unexpected(found: UInt64(field), wanted: "the right one"))
        }
        // RFC 792: identifier and sequence number are there.
        content = try body.bytes(max(4, body.remaining), "ICMP identifier")
    }

    private static func require(
        _ found: UInt8, _ wanted: UInt8, _ field: String
    ) throws(ParseError) {
        guard found == wanted else {
            throw ParseError(field, .unexpected(found: UInt64(found), wanted: "\(wanted)"))
        }
    }

    package static let type: UInt8 = 8
    private static let echoReply: UInt8 = 0
    package static let typeIPv6: UInt8 = 128
    private static let echoReplyIPv6: UInt8 = 129
    /// As Linux sends it.
    private static let hopLimit: UInt8 = 64
    /// Type, code and checksum.
    private static let messageStartBytes = 4
}

extension EchoRequest {
    /// The length of the answer's frame: no more than the request's, for its options are left out.
    package var replyBytes: Int {
        let header = receiver.family == .ipv4 ? IPv4Header.byteCount : IPv6Header.byteCount
        return EthernetHeader.byteCount + header + Self.messageStartBytes + content.count
    }

    /// Writes the answer at the front of `buffer`, which must hold `replyBytes` and must not be what
    /// the request was read from, and gives its bytes. It goes to where the request came from.
    package func reply(
        into buffer: UnsafeMutableRawBufferPointer
    ) -> UnsafeRawBufferPointer {
        var writer = ByteWriter(buffer)
        let etherType: EtherType = receiver.family == .ipv4 ? .ipv4 : .ipv6
        EthernetHeader(destination: source, source: destination, etherType: etherType)
            .serialize(into: &writer)
        var checksum = writeHeader(into: &writer)
        let start = writer.count
        writer.uint8(receiver.family == .ipv4 ? Self.echoReply : Self.echoReplyIPv6)
        writer.zeros(3)
        writer.bytes(content)
        checksum.add(writer.written(from: start))
        writer.overwrite(checksum.field, at: start + 2)
        return writer.written(from: 0)
    }

    /// The IP header, and what the message's checksum begins with.
    private func writeHeader(into writer: inout ByteWriter) -> InternetChecksum {
        let payloadLength = UInt16(Self.messageStartBytes + content.count)
        switch (receiver, sender) {
        case (.ipv4(let source), .ipv4(let destination)):
            IPv4Header(
                payloadLength: payloadLength, protocolNumber: IPv4Header.icmp,
                timeToLive: Self.hopLimit, source: source, destination: destination
            ).serialize(into: &writer)
            return InternetChecksum()
        case (.ipv6(let source), .ipv6(let destination)):
            IPv6Header(
                payloadLength: payloadLength, nextHeader: IPv6Header.icmpv6,
                hopLimit: Self.hopLimit, source: source, destination: destination
            ).serialize(into: &writer)
            return InternetChecksum(
                pseudoHeaderOf: source, destination, nextHeader: IPv6Header.icmpv6,
                messageBytes: Int(payloadLength))
        case (.ipv4, .ipv6), (.ipv6, .ipv4):
            preconditionFailure("a ping of \(receiver) from \(sender)")
        }
    }
}
