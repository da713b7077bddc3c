import Addressing
import Laboratory
import Testing
import Wire

@testable import LinkLayer

/// What the kernel lets through to a socket for Neighbor Discovery.
@Suite struct DiscoveryFilterTests {
    static let near = PacketSocketTests.near
    static let far = PacketSocketTests.far
    static let address = IPv6Address(bits: 0x2001_0DB8 << 96 | 0x16)
    static let asker = IPv6Address(bits: 0x2001_0DB8 << 96 | 2)
    static let request = NDFrame.request(for: address, from: far, at: asker)

    /// One row the bytes that `far` puts on the wire: do they pass?
    static let rows: [(String, [UInt8], Bool)] = [
        ("solicitation to the group", bytes(request), true),
        ("probe", bytes(.probe(for: address, from: far)), true),
        ("advertisement to all nodes", bytes(.unsolicited(for: address, from: far)), true),
        ("solicitation to us", bytes(to(near, request)), true),
        ("to another host, by a flooding switch", bytes(to(foreign, request)), false),
        ("hop limit 254: a router passed it on", with(21, 254), false),
        ("TCP", with(20, 6), false),
        ("extension headers first", with(20, 0), false),
        ("router advertisement", with(54, 134), false),
        ("redirect", with(54, 137), false),
        ("echo request", with(54, 128), false),
        ("IPv4", with(13, 0xFF), false),
        ("too short to tell", Array(bytes(request).prefix(54)), false),
    ]

    static let foreign = LinkAddress(bits: 0x0200_5E00_53FF)

    static func to(_ destination: LinkAddress, _ frame: NDFrame) -> NDFrame {
        var frame = frame
        frame.destination = destination
        return frame
    }

    static func bytes(_ frame: NDFrame) -> [UInt8] {
        ByteWriter.bytes(capacity: NDFrame.byteCountMax) { frame.serialize(into: &$0) }
    }

    static func with(_ offset: Int, _ byte: UInt8) -> [UInt8] {
        var bytes = bytes(request)
        bytes[offset] = byte
        return bytes
    }

    /// Each row's frame is followed by a marker, so that silence is told from slowness.
    @Test func theKernelLetsOnlyDiscoveryForUsThrough() throws {
        let pair = try PacketSocketTests.Pair()
        // Promiscuous, as under a bridge or tcpdump: other hosts' frames come up to the filter.
        try pair.near.ip("link", "set", "eth0", "promisc", "on")
        let receiver = try Self.open(pair.nearLink, in: pair.near)
        let sender = try Self.open(pair.farLink, in: pair.far)
        let marker = Self.bytes(.probe(for: IPv6Address(bits: 0xFD00 << 112), from: Self.far))
        for (row, bytes, passes) in Self.rows {
            #expect(try Self.send(bytes, by: sender))
            #expect(try Self.send(marker, by: sender))
            let received = try Self.receive(by: receiver, until: marker)
            #expect(received == (passes ? [bytes] : []), "\(row)")
        }
    }

    /// The socket keeps the namespace that it was opened in.
    private static func open(_ link: Link, in node: NetworkNamespace) throws -> PacketSocket {
        let holder = try node.enter {
            PacketSocketTests.Unchecked(
                try PacketSocket(for: .ipv6, on: link, filter: .neighborDiscovery))
        }
        return holder.socket
    }

    private static func send(_ bytes: [UInt8], by socket: PacketSocket) throws -> Bool {
        try bytes.withUnsafeBytes { try socket.send($0) }
    }

    /// What arrived before the marker, from `far`'s MAC with the addresses of the rows: its kernel
    /// has things to say of its own.
    private static func receive(
        by socket: PacketSocket, until marker: [UInt8]
    ) throws -> [[UInt8]] {
        var frames: [[UInt8]] = []
        var buffer = [UInt8](repeating: 0xA5, count: 256)
        try eventually("the marker arrives") {
            while true {
                let bytes = try buffer.withUnsafeMutableBytes { buffer in
                    try socket.receive(into: buffer).map { Array($0) }
                }
                guard let bytes else { return false }
                if bytes == marker { return true }
                if !isOfTheKernel(bytes) { frames.append(bytes) }
            }
        }
        return frames
    }

    /// Its kernel speaks of link-local addresses alone.
    private static func isOfTheKernel(_ bytes: [UInt8]) -> Bool {
        bytes.count > 64 && bytes[62...63] == [0xFE, 0x80]
    }
}
