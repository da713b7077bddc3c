import Addressing
import Laboratory
import Testing
import Wire

@testable import LinkLayer

/// Two hosts on a segment: `near` has the socket, `far` sends.
@Suite struct PacketSocketTests {
    static let near = LinkAddress(bits: 0x0200_5E00_5301)
    static let far = LinkAddress(bits: 0x0200_5E00_5302)
    static let address = IPv4Address(192, 0, 2, 16)

    struct Pair {
        let segment: Segment
        let near: NetworkNamespace
        let far: NetworkNamespace
        let nearLink: Link
        let farLink: Link

        init() throws {
            segment = try Segment()
            near = try NetworkNamespace("near")
            far = try NetworkNamespace("far")
            try segment.plug(near, linkAddress: "\(PacketSocketTests.near)")
            try segment.plug(far, linkAddress: "\(PacketSocketTests.far)")
            nearLink = try Self.link(in: near)
            farLink = try Self.link(in: far)
        }

        private static func link(in node: NetworkNamespace) throws -> Link {
            try node.enter {
                var monitor = try LinkMonitor()
                var found: Link?
                try eventually("eth0 runs") {
                    found = try monitor.read().link(named: "eth0")
                    return found?.isRunning == true
                }
                return try #require(found)
            }
        }
    }

    /// One row a frame that `far` puts on the wire: does it pass?
    static let rows: [(String, ARPFrame, Bool)] = [
        ("broadcast request", .request(for: address, from: far, at: .any), true),
        ("probe", .probe(for: address, from: far), true),
        ("gratuitous reply", .gratuitousReply(for: address, from: far), true),
        ("unicast request to us", to(near, .request(for: address, from: far, at: .any)), true),
        ("unicast reply to us", to(near, .gratuitousReply(for: address, from: far)), true),
        (
            "to another host, by a flooding switch", to(foreign, .probe(for: address, from: far)),
            false
        ),
        ("to a group that is not everybody", to(group, .probe(for: address, from: far)), false),
        ("operation 3 (reverse request)", reverse, false),
        ("operation 258, whose low byte looks like a reply", odd, false),
    ]

    static let foreign = LinkAddress(bits: 0x0200_5E00_53FF)
    static let group = LinkAddress(bits: 0x0100_5E00_0001)
    static let reverse = operation(3)
    static let odd = operation(258)

    static func to(_ destination: LinkAddress, _ frame: ARPFrame) -> ARPFrame {
        var frame = frame
        frame.destination = destination
        return frame
    }

    static func operation(_ code: UInt16) -> ARPFrame {
        var frame = ARPFrame.probe(for: address, from: far)
        frame.packet.operation = .init(rawValue: code)
        return frame
    }

    /// Each row's frame is followed by a marker, so that silence is told from slowness.
    @Test func theKernelLetsOnlyARPForUsThrough() throws {
        let pair = try Pair()
        // Promiscuous, as under a bridge or tcpdump: other hosts' frames come up to the filter.
        try pair.near.ip("link", "set", "eth0", "promisc", "on")
        let receiver = try Self.open(pair.nearLink, in: pair.near)
        let sender = try Self.open(pair.farLink, in: pair.far)
        let marker = ARPFrame.probe(for: IPv4Address(203, 0, 113, 1), from: Self.far)
        for (row, frame, passes) in Self.rows {
            #expect(try Self.send(frame, by: sender))
            #expect(try Self.send(marker, by: sender))
            let received = try Self.receive(by: receiver, until: marker)
            #expect(received == (passes ? [frame] : []), "\(row)")
        }
    }

    @Test func otherProtocolsAndOurOwnFramesStayOut() throws {
        let pair = try Pair()
        try pair.near.ip("address", "add", "192.0.2.1/24", "dev", "eth0")
        try pair.far.ip("address", "add", "192.0.2.2/24", "dev", "eth0")
        let receiver = try Self.open(pair.nearLink, in: pair.near)
        try Self.talk(from: pair.near, to: "192.0.2.2")
        try Self.talk(from: pair.far, to: "192.0.2.1")
        let sender = try Self.open(pair.farLink, in: pair.far)
        let marker = ARPFrame.probe(for: IPv4Address(203, 0, 113, 1), from: Self.far)
        _ = try Self.send(.probe(for: Self.address, from: Self.near), by: receiver)
        _ = try Self.send(marker, by: sender)
        let received = try Self.receive(by: receiver, until: marker)
        #expect(!received.isEmpty, "far's kernel asked or answered")
        #expect(received.allSatisfy { $0.source == Self.far })
    }

    @Test func aLinkThatGoesDownIsSilenceAndComesBackByItself() throws {
        let pair = try Pair()
        let receiver = try Self.open(pair.nearLink, in: pair.near)
        let sender = try Self.open(pair.farLink, in: pair.far)
        let probe = ARPFrame.probe(for: Self.address, from: Self.near)
        try pair.near.ip("link", "set", "eth0", "down")
        #expect(try !Self.send(probe, by: receiver), "lost, as on a wire")
        #expect(try Self.receive(by: receiver) == nil)
        try pair.near.ip("link", "set", "eth0", "up")
        let marker = ARPFrame.probe(for: Self.address, from: Self.far)
        try eventually("frames arrive again") {
            _ = try Self.send(marker, by: sender)
            return try Self.receive(by: receiver) == marker
        }
        try pair.near.ip("link", "delete", "eth0")
        #expect(try !Self.send(probe, by: receiver), "gone")
        try eventually("what was queued before is taken") {
            try Self.receive(by: receiver) == nil
        }
    }

    @Test func aLinkThatIsNotThereIsNamedInTheError() throws {
        let node = try NetworkNamespace()
        let link = Link(index: 4_711, name: "eth9", address: Self.near, isRunning: true)
        let error = #expect(throws: SystemCallError.self) { _ = try Self.open(link, in: node) }
        #expect(
            "\(try #require(error))"
                == "bind on packet socket of eth9: No such device (errno 19): the link is gone")
    }

    /// Datagrams to a port that nobody serves: ARP, IPv4 and the other kernel's ICMP errors.
    static func talk(from node: NetworkNamespace, to address: String) throws {
        for _ in 0..<3 {
            let said = try node.run("bash", ["-c", "echo hello > /dev/udp/\(address)/9"])
            #expect(said.succeeded, "\(said.errorOutput)")
        }
    }

    /// The socket keeps the namespace that it was opened in.
    static func open(_ link: Link, in node: NetworkNamespace) throws -> PacketSocket {
        let holder = try node.enter {
            Unchecked(try PacketSocket(for: .arp, on: link, filter: .arp))
        }
        return holder.socket
    }

    /// Carries a socket from the thread that opened it to the only one that uses it.
    struct Unchecked: Sendable {
        nonisolated(unsafe) let socket: PacketSocket

        init(_ socket: PacketSocket) { self.socket = socket }
    }

    static func send(_ frame: ARPFrame, by socket: PacketSocket) throws -> Bool {
        var bytes = [UInt8](repeating: 0xA5, count: ARPFrame.byteCount)
        return try bytes.withUnsafeMutableBytes { buffer in
            frame.serialize(into: buffer)
            return try socket.send(UnsafeRawBufferPointer(buffer))
        }
    }

    static func receive(by socket: PacketSocket) throws -> ARPFrame? {
        var bytes = [UInt8](repeating: 0xA5, count: 128)
        return try bytes.withUnsafeMutableBytes { buffer in
            try socket.receive(into: buffer).map { try ARPFrame(parsing: $0) }
        }
    }

    static func receive(
        by socket: PacketSocket, until marker: ARPFrame
    ) throws -> [ARPFrame] {
        var frames: [ARPFrame] = []
        try eventually("the marker arrives") {
            while let frame = try receive(by: socket) {
                if frame == marker { return true }
                frames.append(frame)
            }
            return false
        }
        return frames
    }
}
