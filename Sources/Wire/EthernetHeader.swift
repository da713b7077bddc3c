import Addressing

/// The header of an Ethernet II frame (IEEE 802.3 §3.2.6): 14 bytes, untagged.
package struct EthernetHeader: Hashable, Sendable {
    package static let byteCount = 14

    package var destination: LinkAddress
    package var source: LinkAddress
    package var etherType: EtherType

    package init(destination: LinkAddress, source: LinkAddress, etherType: EtherType) {
        self.destination = destination
        self.source = source
        self.etherType = etherType
    }

    /// Throws when fewer than 14 bytes are left; any EtherType is kept.
    package init(parsing reader: inout ByteReader) throws(ParseError) {
        destination = try reader.linkAddress("Ethernet destination")
        source = try reader.linkAddress("Ethernet source")
        etherType = EtherType(rawValue: try reader.uint16("EtherType"))
    }

    package func serialize(into writer: inout ByteWriter) {
        writer.address(destination)
        writer.address(source)
        writer.uint16(etherType.rawValue)
    }
}

/// What an Ethernet frame carries (IEEE 802 numbers); unknown values are kept.
package struct EtherType: RawRepresentable, Hashable, Sendable {
    package let rawValue: UInt16

    package init(rawValue: UInt16) {
        self.rawValue = rawValue
    }

    package static let ipv4 = EtherType(rawValue: 0x0800)
    package static let arp = EtherType(rawValue: 0x0806)
    package static let ipv6 = EtherType(rawValue: 0x86DD)
}
