import Addressing

/// An ARP packet for IPv4 over Ethernet (RFC 826): 28 bytes.
package struct ARPPacket: Hashable, Sendable {
    package static let byteCount = 28

    package var operation: Operation
    package var senderHardwareAddress: LinkAddress
    package var senderProtocolAddress: IPv4Address
    package var targetHardwareAddress: LinkAddress
    package var targetProtocolAddress: IPv4Address

    package init(
        _ operation: Operation, sender: (LinkAddress, IPv4Address),
        target: (LinkAddress, IPv4Address)
    ) {
        self.operation = operation
        (senderHardwareAddress, senderProtocolAddress) = sender
        (targetHardwareAddress, targetProtocolAddress) = target
    }

    /// The field `ar$op`; unknown values are kept.
    package struct Operation: RawRepresentable, Hashable, Sendable {
        package let rawValue: UInt16

        package init(rawValue: UInt16) {
            self.rawValue = rawValue
        }

        package static let request = Operation(rawValue: 1)
        package static let reply = Operation(rawValue: 2)
    }

    /// Throws when the packet is short, or is not for IPv4 over Ethernet.
    package init(parsing reader: inout ByteReader) throws(ParseError) {
        try Self.require(try reader.uint16("ARP hardware type"), 1, "ARP hardware type")
        try Self.require(try reader.uint16("ARP protocol type"), 0x0800, "ARP protocol type")
        try Self.require(UInt16(try reader.uint8("ARP hardware length")), 6, "ARP hardware length")
        try Self.require(UInt16(try reader.uint8("ARP protocol length")), 4, "ARP protocol length")
        operation = Operation(rawValue: try reader.uint16("ARP operation"))
        senderHardwareAddress = try reader.linkAddress("ARP sender hardware address")
        senderProtocolAddress = try reader.ipv4Address("ARP sender protocol address")
        targetHardwareAddress = try reader.linkAddress("ARP target hardware address")
        targetProtocolAddress = try reader.ipv4Address("ARP target protocol address")
    }

    package func serialize(into writer: inout ByteWriter) {
        writer.uint16(1)
        writer.uint16(EtherType.ipv4.rawValue)
        writer.uint8(6)
        writer.uint8(4)
        writer.uint16(operation.rawValue)
        writer.address(senderHardwareAddress)
        writer.address(senderProtocolAddress)
        writer.address(targetHardwareAddress)
        writer.address(targetProtocolAddress)
    }

    private static func require(
        _ found: UInt16, _ wanted: UInt16, _ field: String
    ) throws(ParseError) {
        guard found == wanted else {
            throw ParseError(
                field, .unexpected(found: UInt64(found), wanted: "\(wanted)"))
        }
    }
}

extension ARPPacket {
    /// A request from a host that has no address yet: is somebody using the target's? (RFC 5227
    /// §1.1 "ARP Probe")
    package var isProbe: Bool {
        operation == .request && senderProtocolAddress == .any
    }

    /// Says where the sender's address is, without being asked (RFC 5227 §1.1 "ARP Announcement",
    /// RFC 5944 §4.6 "gratuitous ARP").
    package var isGratuitous: Bool {
        senderProtocolAddress == targetProtocolAddress && senderProtocolAddress != .any
    }
}
