import Addressing
import CNet
import Laboratory
import Testing
import Wire

@testable import LinkLayer

@Suite struct FrameInjectorTests {
    static let ours = LinkAddress(bits: 0x0200_5E00_5301)
    static let address = IPv4Address(192, 0, 2, 16)

    /// What goes in comes out on the wire, byte by byte, by the word of tcpdump.
    @Test func announcementsReachTheWireAsTheyWereMade() throws {
        let pair = try PacketSocketTests.Pair()
        let capture = try FrameCapture(in: pair.far, on: "eth0", filter: "arp")
        let frames: [ARPFrame] = [
            .gratuitousRequest(for: Self.address, from: Self.ours),
            .gratuitousReply(for: Self.address, from: Self.ours),
            .probe(for: Self.address, from: Self.ours),
        ]
        let link = pair.nearLink
        try pair.near.enter {
            let injector = try FrameInjector(on: link)
            for frame in frames { #expect(try Self.send(frame, by: injector)) }
        }
        try eventually("tcpdump has seen them") { capture.frames.count >= frames.count }
        #expect(capture.frames.map(\.bytes) == frames.map(Self.serialized))
    }

    /// libnet's own builder is the second opinion on every form.
    @Test(arguments: [
        ("gratuitous request", ARPFrame.gratuitousRequest(for: address, from: ours)),
        ("gratuitous reply", .gratuitousReply(for: address, from: ours)),
        ("probe", .probe(for: address, from: ours)),
        ("reply", ARPFrame.request(for: address, from: .zero, at: .any).reply(from: ours)),
    ])
    func libnetBuildsTheSameBytes(row: String, frame: ARPFrame) throws {
        #expect(try Self.builtByLibnet(frame) == Self.serialized(frame), "\(row)")
    }

    /// An unread socket of libnet's fills with every packet of every link unless it is silenced.
    @Test func libnetsOwnSocketHearsNothing() throws {
        let pair = try PacketSocketTests.Pair()
        try pair.near.ip("address", "add", "192.0.2.1/24", "dev", "eth0")
        try pair.far.ip("address", "add", "192.0.2.2/24", "dev", "eth0")
        let link = pair.nearLink
        try pair.near.enter {
            let injector = try FrameInjector(on: link)
            try PacketSocketTests.talk(from: pair.near, to: "192.0.2.2")
            try PacketSocketTests.talk(from: pair.far, to: "192.0.2.1")
            // packet(7): "sk RefCnt Type Proto Iface R Rmem User Inode", one socket.
            let sockets = try pair.near.run("cat", ["/proc/net/packet"]).output
                .split(separator: "\n").dropFirst().map { $0.split(separator: " ") }
            #expect(sockets.count == 1)
            #expect(sockets.first?[3] == "ffff", "no frame is offered to it")
            #expect(sockets.first?[6] == "0", "bytes that wait to be read")
            withExtendedLifetime(injector) {}
        }
    }

    @Test func aLinkThatIsDownOrGoneTakesNothing() throws {
        let pair = try PacketSocketTests.Pair()
        let link = pair.nearLink
        let probe = ARPFrame.probe(for: Self.address, from: Self.ours)
        try pair.near.enter {
            let injector = try FrameInjector(on: link)
            try pair.near.ip("link", "set", "eth0", "down")
            #expect(try !Self.send(probe, by: injector))
            try pair.near.ip("link", "delete", "eth0")
            #expect(try !Self.send(probe, by: injector))
        }
    }

    /// The kernel keeps a socket waiting whose frames a link neither sends nor drops.
    @Test(.timeLimit(.minutes(1))) func aLinkThatStandsStillLosesFramesAndKeepsNobodyWaiting()
        throws
    {
        let pair = try PacketSocketTests.Pair()
        let link = pair.nearLink
        // A frame of 42 bytes takes 42 s, and all that a socket may have queued finds room.
        let command = try pair.near.run(
            "tc",
            ["qdisc", "add", "dev", "eth0", "root", "tbf", "rate", "8bit", "burst", "1600"]
                + ["limit", "100000000"])
        #expect(command.succeeded, "\(command.errorOutput)")
        let probe = ARPFrame.probe(for: Self.address, from: Self.ours)
        try pair.near.enter {
            let injector = try FrameInjector(on: link)
            // Far more than a socket's send buffer holds (socket(7), wmem_default).
            let isTaken = try (0..<5_000).map { _ in try Self.send(probe, by: injector) }
            #expect(isTaken.first == true)
            #expect(isTaken.last == false)
        }
    }

    @Test func aLinkThatIsNotThereIsNamedInTheError() throws {
        let link = Link(index: 4_711, name: "eth9", address: Self.ours, isRunning: true)
        let error = #expect(throws: SystemCallError.self) { _ = try FrameInjector(on: link) }
        #expect("\(try #require(error))".hasPrefix("libnet_init on libnet context of eth9: "))
    }

    static func send(_ frame: ARPFrame, by injector: FrameInjector) throws -> Bool {
        try serialized(frame).withUnsafeBytes { try injector.send($0) }
    }

    static func serialized(_ frame: ARPFrame) -> [UInt8] {
        ByteWriter.bytes(capacity: ARPFrame.byteCount) { frame.serialize(into: &$0) }
    }

    static func bytes(_ address: LinkAddress) -> [UInt8] {
        ByteWriter.bytes(capacity: 6) { $0.address(address) }
    }

    static func bytes(_ address: IPv4Address) -> [UInt8] {
        ByteWriter.bytes(capacity: 4) { $0.address(address) }
    }

    static func builtByLibnet(_ frame: ARPFrame) throws -> [UInt8] {
        var text = [CChar](repeating: 0, count: Int(LIBNET_ERRBUF_SIZE))
        let context = try #require(libnet_init(LIBNET_LINK_ADV, "lo", &text))
        defer { libnet_destroy(context) }
        let packet = frame.packet
        let arp = libnet_build_arp(
            1, 0x0800, 6, 4, packet.operation.rawValue, bytes(packet.senderHardwareAddress),
            bytes(packet.senderProtocolAddress), bytes(packet.targetHardwareAddress),
            bytes(packet.targetProtocolAddress), nil, 0, context, 0)
        let ethernet = libnet_build_ethernet(
            bytes(frame.destination), bytes(frame.source), 0x0806, nil, 0, context, 0)
        #expect(arp > 0 && ethernet > 0)
        var built: UnsafeMutablePointer<UInt8>?
        var count: UInt32 = 0
        #expect(libnet_adv_cull_packet(context, &built, &count) == 1)
        let start = try #require(built)
        defer { libnet_adv_free_packet(context, start) }
        return Array(UnsafeBufferPointer(start: start, count: Int(count)))
    }
}
