import Addressing
import Laboratory
import LinkLayer
import Ownership
import Testing
import Timing
import Wire

@testable import Daemon

/// Another host on a real segment says that an address of ours is its own (BEHAVIOUR W2).
@Suite struct ConflictTests {
    static let ipv4 = TestSegment.served
    static let ipv6 = TestSegment.servedIPv6
    static let foreign = TestSegment.clientAddress

    private let test: TestSegment

    init() throws { test = try TestSegment() }

    static let arpRows: [(String, ARPFrame)] = [
        (
            "it asks for another host as if the address were its own",
            .request(for: IPv4Address(192, 0, 2, 1), from: foreign, at: ipv4)
        ),
        ("an announcement", .gratuitousRequest(for: ipv4, from: foreign)),
        ("a gratuitous reply", .gratuitousReply(for: ipv4, from: foreign)),
        (
            "an answer to us",
            ARPFrame(
                destination: TestSegment.nodeAddress, source: foreign,
                packet: ARPPacket(
                    .reply, sender: (foreign, ipv4),
                    target: (TestSegment.nodeAddress, IPv4Address(192, 0, 2, 1))))
        ),
    ]

    @Test(arguments: arpRows)
    func w2AForeignSenderIsAConflictAndYieldedTo(row: String, frame: ARPFrame) throws {
        let loop = try TestLoop("n1", in: test.node, onConflict: .yield)
        try loop.serve()
        #expect(try test.arping() != nil, "\(row)")
        try test.clientSocket().send(frame)
        try expectSilence(of: .ipv4(Self.ipv4), loop)
        #expect(try test.arping() == nil, "\(row)")
    }

    static let discoveryRows: [(String, NDFrame)] = [
        ("an unsolicited advertisement", .unsolicited(for: ipv6, from: foreign)),
        (
            "it asks for another host as if the address were its own",
            .request(for: IPv6Address(bits: 0x2001_0DB8 << 96 | 1), from: foreign, at: ipv6)
        ),
    ]

    @Test(arguments: discoveryRows)
    func neighborDiscoveryIsYieldedTo(row: String, frame: NDFrame) throws {
        let loop = try TestLoop("n1", in: test.node, onConflict: .yield)
        try loop.serve(.ipv6(Self.ipv6))
        #expect(try ndisc6().succeeded, "\(row)")
        try TestDiscovery(in: test).send(frame)
        try expectSilence(of: .ipv6(Self.ipv6), loop)
        #expect(try !ndisc6().succeeded, "\(row)")
    }

    private func expectSilence(of address: IPAddress, _ loop: TestLoop) throws {
        try eventually("the address is yielded") {
            loop.state(of: address) == .unowned(.conflict)
        }
        let isNamed = loop.reports.contains {
            guard case .conflict(address, Self.foreign, _, false) = $0 else { return false }
            return true
        }
        #expect(isNamed)
    }

    /// The ten of the burst, then both forms once more; the client's kernel believes the last word.
    @Test func arpIsDefended() throws {
        let loop = try TestLoop("n1", in: test.node)
        let capture = try FrameCapture(
            in: test.client, on: "eth0", filter: "arp and ether src \(TestSegment.nodeAddress)")
        try loop.serve()
        let forms = [
            ARPFrame.gratuitousRequest(for: Self.ipv4, from: TestSegment.nodeAddress),
            .gratuitousReply(for: Self.ipv4, from: TestSegment.nodeAddress),
        ].map { frame in
            ByteWriter.bytes(capacity: ARPFrame.byteCount) { frame.serialize(into: &$0) }
        }
        func count(_ form: Int) -> Int { capture.frames.count { $0.bytes == forms[form] } }
        try awaitBurst { min(count(0), count(1)) }
        // However often it says so: once in ten seconds is defended.
        let socket = try test.clientSocket()
        for _ in 0..<20 {
            try socket.send(.gratuitousRequest(for: Self.ipv4, from: Self.foreign))
        }
        try eventually("both forms are sent once more") { count(0) == 11 && count(1) == 11 }
        let probe = ARPFrame.probe(for: Self.ipv4, from: Self.foreign)
        #expect(try socket.ask(probe) == probe.reply(from: TestSegment.nodeAddress))
        #expect(count(0) == 11 && count(1) == 11, "all of them were heard by then")
        #expect(loop.state(of: .ipv4(Self.ipv4)) == .announced)
    }

    @Test func neighborDiscoveryIsDefendedByAnUnsolicitedAdvertisement() throws {
        let loop = try TestLoop("n1", in: test.node)
        let capture = try FrameCapture(
            in: test.client, on: "eth0", filter: "icmp6 and ether src \(TestSegment.nodeAddress)")
        try loop.serve(.ipv6(Self.ipv6))
        let form = TestDiscovery.bytes(
            .unsolicited(for: Self.ipv6, from: TestSegment.nodeAddress))
        func count() -> Int { capture.frames.count { $0.bytes == form } }
        try awaitBurst(count)
        try TestDiscovery(in: test).send(.unsolicited(for: Self.ipv6, from: Self.foreign))
        try eventually("it is advertised once more") { count() == 11 }
        #expect(loop.state(of: .ipv6(Self.ipv6)) == .announced)
    }

    /// Ten announcements in four seconds.
    private func awaitBurst(_ count: () -> Int) throws {
        try eventually("the burst is over", within: .seconds(10)) { count() >= 10 }
        #expect(count() == 10)
    }

    private func ndisc6() throws -> Command {
        try test.client.run(
            "ndisc6", ["-1", "-r", "1", "-w", "1000", "\(Self.ipv6)", "eth0"])
    }
}
