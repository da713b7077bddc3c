import Addressing

/// "This address is here" (RFC 4861 §4.4).
package struct NeighborAdvertisement: Hashable, Sendable {
    /// Where the address is, as the target link-layer address option says.
    package var targetLinkAddress: LinkAddress?
    package var target: IPv6Address
    package var flags: Flags

    package init(target: IPv6Address, flags: Flags, targetLinkAddress: LinkAddress?) {
        self.target = target
        self.flags = flags
        self.targetLinkAddress = targetLinkAddress
    }

    /// The first bits of the message; unknown ones are kept.
    package struct Flags: OptionSet, Hashable, Sendable {
        package let rawValue: UInt32

        package init(rawValue: UInt32) {
            self.rawValue = rawValue
        }

        /// R: the sender is a router.
        package static let router = Flags(rawValue: 1 << 31)
        /// S: it answers a solicitation.
        package static let solicited = Flags(rawValue: 1 << 30)
        /// O: it replaces what a cache holds.
        package static let override = Flags(rawValue: 1 << 29)
        /// S and O. A list of the two would cost memory each time.
        package static let answering = Flags(rawValue: 1 << 30 | 1 << 29)
    }

    package static let type: UInt8 = 136

    /// Reads what follows the checksum; throws what RFC 4861 §7.1.2 calls invalid there.
    init(parsing reader: inout ByteReader) throws(ParseError) {
        flags = Flags(rawValue: try reader.uint32("NA flags"))
        target = try NDOption.target(&reader)
        targetLinkAddress = try NDOption.linkAddress(.targetLinkAddress, &reader)
    }

    func serialize(into writer: inout ByteWriter) {
        writer.uint32(flags.rawValue)
        writer.address(target)
        NDOption.serialize(.targetLinkAddress, targetLinkAddress, into: &writer)
    }
}
