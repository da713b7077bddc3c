import Addressing

/// The header of an IPv4 packet that is no fragment (RFC 791 §3.1). Options and type of service are
/// not looked at; none are sent.
package struct IPv4Header: Hashable, Sendable {
    /// Without options.
    package static let byteCount = 20

    /// Bytes that follow the header.
    package var payloadLength: UInt16
    package var protocolNumber: UInt8
    package var timeToLive: UInt8
    package var source: IPv4Address
    package var destination: IPv4Address

    package init(
        payloadLength: UInt16, protocolNumber: UInt8, timeToLive: UInt8, source: IPv4Address,
        destination: IPv4Address
    ) {
        self.payloadLength = payloadLength
        self.protocolNumber = protocolNumber
        self.timeToLive = timeToLive
        self.source = source
        self.destination = destination
    }

    /// Throws when the header is cut off, its version or checksum is wrong, or it is a fragment's.
    package init(parsing reader: inout ByteReader) throws(ParseError) {
        var ahead = reader
        let start = try ahead.uint8("IPv4 version")
        guard start >> 4 == Self.version else {
            throw ParseError("IPv4 version", .unexpected(found: UInt64(start >> 4), wanted: "4"))
        }
        let length = Int(start & 0xF) * 4
        guard length >= Self.byteCount else {
            throw ParseError(
                "IPv4 header length", .unexpected(found: UInt64(length), wanted: "20 or more"))
        }
        let bytes = try reader.bytes(length, "IPv4 header")
        var checksum = InternetChecksum()
        checksum.add(bytes)
        guard checksum.isRight else {
            throw ParseError(
                "IPv4 header checksum", .unexpected(found: 0, wanted: "the right one"))
        }
        var fields = ByteReader(bytes)
        try fields.skip(2, "IPv4 type of service")
        let total = Int(try fields.uint16("IPv4 total length"))
        guard total >= length else {
            throw ParseError(
                "IPv4 total length", .unexpected(found: UInt64(total), wanted: "the header's"))
        }
        try fields.skip(2, "IPv4 identification")
        let fragment = try fields.uint16("IPv4 fragment offset")
        guard fragment & Self.fragmentMask == 0 else {
            throw ParseError(
                "IPv4 fragment offset", .unexpected(found: UInt64(fragment), wanted: "no fragment"))
        }
        payloadLength = UInt16(total - length)
        timeToLive = try fields.uint8("IPv4 time to live")
        protocolNumber = try fields.uint8("IPv4 protocol")
        try fields.skip(2, "IPv4 header checksum")
        source = try fields.ipv4Address("IPv4 source")
        destination = try fields.ipv4Address("IPv4 destination")
    }

    /// With "do not fragment" set, so that the identification may be zero (RFC 6864 §4.1).
    package func serialize(into writer: inout ByteWriter) {
        let start = writer.count
        writer.uint16(UInt16(Self.version) << 12 | 5 << 8)
        writer.uint16(UInt16(Self.byteCount) + payloadLength)
        writer.uint16(0)
        writer.uint16(Self.doNotFragment)
        writer.uint8(timeToLive)
        writer.uint8(protocolNumber)
        writer.uint16(0)
        writer.address(source)
        writer.address(destination)
        var checksum = InternetChecksum()
        checksum.add(writer.written(from: start))
        writer.overwrite(checksum.field, at: start + 10)
    }

    private static let version: UInt8 = 4
    /// More fragments, and the offset.
    private static let fragmentMask: UInt16 = 0x3FFF
    private static let doNotFragment: UInt16 = 0x4000
    /// The protocol that says ICMP (RFC 792).
    package static let icmp: UInt8 = 1
}
