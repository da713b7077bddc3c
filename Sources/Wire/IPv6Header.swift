import Addressing

/// The fixed header of an IPv6 packet (RFC 8200 §3): 40 bytes. Traffic class and flow label are not
/// looked at, and sent as zero.
package struct IPv6Header: Hashable, Sendable {
    package static let byteCount = 40

    /// Bytes that follow the header.
    package var payloadLength: UInt16
    package var nextHeader: UInt8
    package var hopLimit: UInt8
    package var source: IPv6Address
    package var destination: IPv6Address

    package init(
        payloadLength: UInt16, nextHeader: UInt8, hopLimit: UInt8, source: IPv6Address,
        destination: IPv6Address
    ) {
        self.payloadLength = payloadLength
        self.nextHeader = nextHeader
        self.hopLimit = hopLimit
        self.source = source
        self.destination = destination
    }

    /// Throws when fewer than 40 bytes are left, or the version is another.
    package init(parsing reader: inout ByteReader) throws(ParseError) {
        let start = try reader.uint32("IPv6 version")
        guard start >> 28 == Self.version else {
            throw ParseError("IPv6 version", .unexpected(found: UInt64(start >> 28), wanted: "6"))
        }
        payloadLength = try reader.uint16("IPv6 payload length")
        nextHeader = try reader.uint8("IPv6 next header")
        hopLimit = try reader.uint8("IPv6 hop limit")
        source = try reader.ipv6Address("IPv6 source")
        destination = try reader.ipv6Address("IPv6 destination")
    }

    package func serialize(into writer: inout ByteWriter) {
        writer.uint32(Self.version << 28)
        writer.uint16(payloadLength)
        writer.uint8(nextHeader)
        writer.uint8(hopLimit)
        writer.address(source)
        writer.address(destination)
    }

    private static let version: UInt32 = 6
    /// The next header that says ICMPv6 (RFC 4443 §1).
    package static let icmpv6: UInt8 = 58
}
