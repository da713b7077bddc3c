import Addressing
import CLinux
import Glibc
import Wire

/// A program that the kernel runs on each frame before a packet socket sees it (classic BPF).
package struct PacketFilter: Sendable {
    /// How many bytes of an accepted frame the socket gets.
    static let bytesAccepted: UInt32 = 0xFFFF

    let instructions: [Instruction]

    /// One instruction; jumps count the instructions to skip.
    struct Instruction: Sendable {
        let code: UInt16
        var whenTrue: UInt8 = 0
        var whenFalse: UInt8 = 0
        let operand: UInt32
    }

    /// Lets nothing through: for a socket that only sends.
    package static let nothing = PacketFilter(instructions: [.accept(bytes: 0)])

    /// ARP requests and replies that came in by broadcast or to the link's own address.
    ///
    /// Not: what this host itself sends, frames to other hosts that a promiscuous link sees,
    /// untagged remains of a foreign VLAN.
    package static let arp = PacketFilter(instructions: [
        .load(halfWordAt: 12),
        .jump(unless: UInt32(EtherType.arp.rawValue), skip: 6),
        .load(halfWordAt: 20),
        .jump(when: UInt32(ARPPacket.Operation.request.rawValue), skip: 1),
        .jump(unless: UInt32(ARPPacket.Operation.reply.rawValue), skip: 3),
        .loadPacketType,
        .jump(whenOver: UInt32(PACKET_BROADCAST), skip: 1),
        .accept(bytes: bytesAccepted),
        .accept(bytes: 0),
    ])

    /// Neighbor solicitations and advertisements of this link (hop limit 255) to a group or to the
    /// link's own address.
    ///
    /// Not: what the ARP filter leaves out, and all other IPv6, which is most of what a busy link
    /// hears. What the packet says is checked by who reads it.
    package static let neighborDiscovery = PacketFilter(instructions: [
        .load(halfWordAt: 12),
        .jump(unless: UInt32(EtherType.ipv6.rawValue), skip: 10),
        .load(byteAt: nextHeaderOffset),
        .jump(unless: UInt32(IPv6Header.icmpv6), skip: 8),
        .load(byteAt: nextHeaderOffset + 1),
        .jump(unless: UInt32(NDFrame.hopLimit), skip: 6),
        .load(byteAt: icmpv6Offset),
        .jump(when: UInt32(NeighborSolicitation.type), skip: 1),
        .jump(unless: UInt32(NeighborAdvertisement.type), skip: 3),
        .loadPacketType,
        .jump(whenOver: UInt32(PACKET_MULTICAST), skip: 1),
        .accept(bytes: bytesAccepted),
        .accept(bytes: 0),
    ])

    /// Pings of one family to the link's own address: no fragments, and nothing that was sent to a
    /// group or to everybody. Whose address is pinged is for the reader to see.
    package static func echoRequests(_ family: AddressFamily) -> PacketFilter {
        family == .ipv4 ? echoRequestsIPv4 : echoRequestsIPv6
    }

    private static let echoRequestsIPv4 = PacketFilter(instructions: [
        .load(halfWordAt: 12),
        .jump(unless: UInt32(EtherType.ipv4.rawValue), skip: 10),
        .load(byteAt: UInt32(EthernetHeader.byteCount) + 9),
        .jump(unless: UInt32(IPv4Header.icmp), skip: 8),
        .load(halfWordAt: UInt32(EthernetHeader.byteCount) + 6),
        .jump(whenAnyOf: 0x3FFF, skip: 6),
        .loadHeaderLength(at: UInt32(EthernetHeader.byteCount)),
        .load(byteBehindHeaderAt: UInt32(EthernetHeader.byteCount)),
        .jump(unless: UInt32(EchoRequest.type), skip: 3),
        .loadPacketType,
        .jump(unless: UInt32(PACKET_HOST), skip: 1),
        .accept(bytes: bytesAccepted),
        .accept(bytes: 0),
    ])

    private static let echoRequestsIPv6 = PacketFilter(instructions: [
        .load(halfWordAt: 12),
        .jump(unless: UInt32(EtherType.ipv6.rawValue), skip: 7),
        .load(byteAt: nextHeaderOffset),
        .jump(unless: UInt32(IPv6Header.icmpv6), skip: 5),
        .load(byteAt: icmpv6Offset),
        .jump(unless: UInt32(EchoRequest.typeIPv6), skip: 3),
        .loadPacketType,
        .jump(unless: UInt32(PACKET_HOST), skip: 1),
        .accept(bytes: bytesAccepted),
        .accept(bytes: 0),
    ])

    /// Chooses between two sockets of one port by a datagram's flags, as they claim to be: the second
    /// for routine hellos, the first for all else. What is too short has no flags: the first.
    package static let routineHellos = PacketFilter(instructions: [
        .load(halfWordAt: UInt32(HelloLayout.flagsOffset)),
        .jump(whenAnyOf: UInt32(Hello.Flags.routine.rawValue), skip: 1),
        .choose(socket: 0),
        .choose(socket: 1),
    ])

    /// From the frame's front; the hop limit follows the next header (RFC 8200 §3).
    private static let nextHeaderOffset = UInt32(EthernetHeader.byteCount) + 6
    private static let icmpv6Offset = UInt32(EthernetHeader.byteCount + IPv6Header.byteCount)

    /// Puts the filter on a socket; frames that are already queued stay.
    func attach(to descriptor: Int32, _ object: String) throws(SystemCallError) {
        try set(SO_ATTACH_FILTER, "SO_ATTACH_FILTER", on: descriptor, object)
    }

    /// Has the program choose, for each datagram, among the sockets that share the port with this
    /// one, in the order in which they were bound; it sees the datagram from its payload on.
    func choose(from descriptor: Int32, _ object: String) throws(SystemCallError) {
        try set(SO_ATTACH_REUSEPORT_CBPF, "SO_ATTACH_REUSEPORT_CBPF", on: descriptor, object)
    }

    private func set(
        _ option: Int32, _ name: String, on descriptor: Int32, _ object: String
    ) throws(SystemCallError) {
        let program = instructions.map {
            sock_filter(code: $0.code, jt: $0.whenTrue, jf: $0.whenFalse, k: $0.operand)
        }
        let (result, error) = program.withUnsafeBufferPointer { program in
            var header = sock_fprog(
                len: UInt16(program.count),
                filter: UnsafeMutablePointer(mutating: program.baseAddress))
            let size = socklen_t(MemoryLayout<sock_fprog>.size)
            return (setsockopt(descriptor, SOL_SOCKET, option, &header, size), errno)
        }
        guard result == 0 else {
            throw SystemCallError("setsockopt(\(name))", on: object, errno: error)
        }
    }
}

extension PacketFilter.Instruction {
    /// The offset at which a filter finds the packet's type, PACKET_HOST and on: SKF_AD_OFF +
    /// SKF_AD_PKTTYPE.
    private static let packetTypeOffset = UInt32(bitPattern: -0x1000 + 4)

    static let loadPacketType = Self(
        code: UInt16(BPF_LD | BPF_W | BPF_ABS), operand: packetTypeOffset)

    static func load(halfWordAt offset: UInt32) -> Self {
        Self(code: UInt16(BPF_LD | BPF_H | BPF_ABS), operand: offset)
    }

    static func load(byteAt offset: UInt32) -> Self {
        Self(code: UInt16(BPF_LD | BPF_B | BPF_ABS), operand: offset)
    }

    /// Four times the low half of the byte at `offset`, for `load(byteBehindHeaderAt:)`: IPv4's IHL.
    static func loadHeaderLength(at offset: UInt32) -> Self {
        Self(code: UInt16(BPF_LDX | BPF_B | BPF_MSH), operand: offset)
    }

    static func load(byteBehindHeaderAt offset: UInt32) -> Self {
        Self(code: UInt16(BPF_LD | BPF_B | BPF_IND), operand: offset)
    }

    static func jump(whenAnyOf bits: UInt32, skip: UInt8) -> Self {
        Self(code: UInt16(BPF_JMP | BPF_JSET | BPF_K), whenTrue: skip, operand: bits)
    }

    static func jump(when value: UInt32, skip: UInt8) -> Self {
        Self(code: UInt16(BPF_JMP | BPF_JEQ | BPF_K), whenTrue: skip, operand: value)
    }

    static func jump(unless value: UInt32, skip: UInt8) -> Self {
        Self(code: UInt16(BPF_JMP | BPF_JEQ | BPF_K), whenFalse: skip, operand: value)
    }

    static func jump(whenOver value: UInt32, skip: UInt8) -> Self {
        Self(code: UInt16(BPF_JMP | BPF_JGT | BPF_K), whenTrue: skip, operand: value)
    }

    static func choose(socket index: UInt32) -> Self {
        Self(code: UInt16(BPF_RET | BPF_K), operand: index)
    }

    static func accept(bytes: UInt32) -> Self {
        Self(code: UInt16(BPF_RET | BPF_K), operand: bytes)
    }
}
