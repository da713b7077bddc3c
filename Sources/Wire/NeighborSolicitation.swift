import Addressing

/// "Who has this address?" (RFC 4861 §4.3).
package struct NeighborSolicitation: Hashable, Sendable {
    /// The address that is asked for.
    package var target: IPv6Address
    /// The source link-layer address option: where the asker is. None in a probe.
    package var sourceLinkAddress: LinkAddress?

    package init(target: IPv6Address, sourceLinkAddress: LinkAddress?) {
        self.target = target
        self.sourceLinkAddress = sourceLinkAddress
    }

    package static let type: UInt8 = 135

    /// Reads what follows the checksum; throws what RFC 4861 §7.1.1 calls invalid there.
    init(parsing reader: inout ByteReader) throws(ParseError) {
        try reader.skip(4, "NS reserved")
        target = try NDOption.target(&reader)
        sourceLinkAddress = try NDOption.linkAddress(.sourceLinkAddress, &reader)
    }

    func serialize(into writer: inout ByteWriter) {
        writer.zeros(4)
        writer.address(target)
        NDOption.serialize(.sourceLinkAddress, sourceLinkAddress, into: &writer)
    }
}
