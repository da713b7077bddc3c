import Addressing

/// An Ethernet frame that carries an ARP packet: 42 bytes, before any padding.
package struct ARPFrame: Hashable, Sendable {
    package static let byteCount = EthernetHeader.byteCount + ARPPacket.byteCount

    package var destination: LinkAddress
    package var source: LinkAddress
    package var packet: ARPPacket

    package init(destination: LinkAddress, source: LinkAddress, packet: ARPPacket) {
        self.destination = destination
        self.source = source
        self.packet = packet
    }

    /// Reads a whole frame; bytes after the packet are padding and are not looked at.
    ///
    /// Throws when the frame is short, carries something else, or is not for IPv4 over Ethernet.
    package init(parsing bytes: UnsafeRawBufferPointer) throws(ParseError) {
        var reader = ByteReader(bytes)
        let header = try EthernetHeader(parsing: &reader)
        guard header.etherType == .arp else {
            let found = UInt64(header.etherType.rawValue)
            throw ParseError("EtherType", .unexpected(found: found, wanted: "2054 (ARP)"))
        }
        destination = header.destination
        source = header.source
        packet = try ARPPacket(parsing: &reader)
    }

    package func serialize(into writer: inout ByteWriter) {
        EthernetHeader(destination: destination, source: source, etherType: .arp)
            .serialize(into: &writer)
        packet.serialize(into: &writer)
    }

    /// Writes the frame at the front of `buffer`, which must hold 42 bytes.
    package func serialize(into buffer: UnsafeMutableRawBufferPointer) {
        var writer = ByteWriter(buffer)
        serialize(into: &writer)
    }
}

extension ARPFrame {
    /// "`address` is at `owner`", as a broadcast request for itself (RFC 5227 §1.1, §2.3).
    package static func gratuitousRequest(
        for address: IPv4Address, from owner: LinkAddress
    ) -> ARPFrame {
        broadcast(
            ARPPacket(.request, sender: (owner, address), target: (.zero, address)), from: owner)
    }

    /// "`address` is at `owner`", as a broadcast reply to itself.
    ///
    /// Linux takes a reply for gratuitous, and so exempts it from the locktime of a neighbour
    /// entry, only when the target hardware address is the sender's.
    package static func gratuitousReply(
        for address: IPv4Address, from owner: LinkAddress
    ) -> ARPFrame {
        broadcast(
            ARPPacket(.reply, sender: (owner, address), target: (owner, address)), from: owner)
    }

    /// "Who uses `address`?", asked by a host that does not claim it (RFC 5227 §1.1, §2.1.1).
    package static func probe(for address: IPv4Address, from prober: LinkAddress) -> ARPFrame {
        broadcast(
            ARPPacket(.request, sender: (prober, .any), target: (.zero, address)), from: prober)
    }

    /// "Who has `address`?", asked by a host that has one: provokes an answer (RFC 826).
    package static func request(
        for address: IPv4Address, from asker: LinkAddress, at askersAddress: IPv4Address
    ) -> ARPFrame {
        broadcast(
            ARPPacket(.request, sender: (asker, askersAddress), target: (.zero, address)),
            from: asker)
    }

    /// The unicast answer to this request: the address that it asks for is at `owner` (RFC 826).
    package func reply(from owner: LinkAddress) -> ARPFrame {
        ARPFrame(
            destination: packet.senderHardwareAddress, source: owner,
            packet: ARPPacket(
                .reply, sender: (owner, packet.targetProtocolAddress),
                target: (packet.senderHardwareAddress, packet.senderProtocolAddress)))
    }

    private static func broadcast(_ packet: ARPPacket, from source: LinkAddress) -> ARPFrame {
        ARPFrame(destination: .broadcast, source: source, packet: packet)
    }
}
