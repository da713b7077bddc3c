import Addressing
import Laboratory
import LinkLayer
import Ownership
import Testing
import Timing
import Wire

@testable import Daemon

/// BEHAVIOUR W3 on a real segment, the client's kernel and ndisc6 as askers.
@Suite struct NeighborDiscoveryTests {
    static let served = TestSegment.servedIPv6
    static let client = TestSegment.clientAddress
    static let node = TestSegment.nodeAddress
    static let request = NDFrame.request(for: served, from: client, at: TestSegment.clientsIPv6)

    private let test: TestSegment
    private let loop: TestLoop

    init() throws {
        test = try TestSegment()
        loop = try TestLoop(on: test)
    }

    /// One row a frame of the client's: is there an answer?
    static let rows: [(String, [UInt8], NDFrame?)] = [
        ("to the group", bytes(request), request.advertisement(from: node)),
        ("to our MAC", bytes(changed { $0.destination = node }), request.advertisement(from: node)),
        ("by unicast, as NUD asks", bytes(unicast()), unicast().advertisement(from: node)),
        (
            "by unicast without source link-layer address", bytes(unicast(option: nil)),
            unicast(option: nil).advertisement(from: node)
        ),
        (
            "to the group without source link-layer address",
            bytes(changed { $0.message = solicitation(nil) }), request.advertisement(from: node)
        ),
        (
            "probe: to all nodes, not solicited", bytes(.probe(for: served, from: client)),
            .unsolicited(for: served, from: node)
        ),
        ("to another MAC", bytes(changed { $0.destination = other }), nil),
        ("hop limit 254", spoiled(21), nil), ("wrong checksum", spoiled(57), nil),
        (
            "for another address of the same group",
            bytes(
                .request(
                    for: IPv6Address(bits: 0x2001_0DB9 << 96 | 0x16), from: client,
                    at: TestSegment.clientsIPv6)), nil
        ),
        ("an advertisement", bytes(.unsolicited(for: TestSegment.clientsIPv6, from: client)), nil),
        ("the address as its own sender", bytes(changed { $0.sender = served }), nil),
    ]

    static let other = LinkAddress(bits: 0x0200_5E00_53EE)

    static func bytes(_ frame: NDFrame) -> [UInt8] { TestDiscovery.bytes(frame) }

    static func spoiled(_ offset: Int) -> [UInt8] {
        var bytes = bytes(request)
        bytes[offset] ^= 1
        return bytes
    }

    static func changed(_ change: (inout NDFrame) -> Void) -> NDFrame {
        var frame = request
        change(&frame)
        return frame
    }

    static func solicitation(_ option: LinkAddress?) -> NDFrame.Message {
        .solicitation(.init(target: served, sourceLinkAddress: option))
    }

    static func unicast(option: LinkAddress? = client) -> NDFrame {
        changed { frame in
            frame.destination = node
            frame.receiver = served
            frame.message = solicitation(option)
        }
    }

    @Test func w3OnlyValidSolicitationsForTheAddressAreAnswered() throws {
        try test.node.ip("link", "set", "eth0", "promisc", "on")
        try loop.serve(.ipv6(Self.served))
        let socket = try TestDiscovery(in: test)
        for (row, bytes, answer) in Self.rows { #expect(try socket.ask(bytes) == answer, "\(row)") }
    }

    /// RFC 4861 §4.4 and §7.2.4 byte by byte, as an independent witness sees them.
    @Test func w3AnAnswerHasTheseBytesOnTheWire() throws {
        try loop.serve(.ipv6(Self.served))
        let capture = try FrameCapture(
            in: test.client, on: "eth0", filter: "icmp6 and ether src \(Self.node)")
        let socket = try TestDiscovery(in: test)
        try socket.send(Self.request)
        let golden = """
            02005e005302 02005e005301 86dd 60000000 0020 3a ff
            20010db8000000000000000000000016 20010db8000000000000000000000002
            8800 d948 60000000 20010db8000000000000000000000016 0201 02005e005301
            """.filter { !$0.isWhitespace }
        try eventually("the answer is captured") {
            capture.frames.contains { frame in
                frame.bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() == golden
            }
        }
    }

    @Test func w3NDisc6FindsTheAddressAndOnlyWhileItIsOurs() throws {
        #expect(try ndisc6() == nil, "not before it is announced")
        try loop.serve(.ipv6(Self.served))
        #expect(try ndisc6()?.contains("Target link-layer address: 02:00:5E:00:53:01") == true)
        loop.loop.send(.addressesChanged([], removed: [.ipv6(Self.served)]))
        try eventually("it is forgotten") {
            loop.reports.contains(.addressForgotten(.ipv6(Self.served)))
        }
        #expect(try ndisc6() == nil)
    }

    /// The client's kernel asks the group, then, to see that nothing changed, the host (RFC 4861
    /// §7.3.3).
    @Test func w3AKernelResolvesTheAddressAndKeepsItByUnicastProbes() throws {
        try loop.serve(.ipv6(Self.served))
        let capture = try FrameCapture(in: test.client, on: "eth0", filter: "icmp6")
        try talk()
        try eventually("the kernel has resolved it") {
            try neighbor().contains("lladdr 02:00:5e:00:53:01")
        }
        // What follows begins with the kernel's own question to the one host.
        try test.client.ip(
            "-6", "neigh", "change", "\(Self.served)", "dev", "eth0", "lladdr", "\(Self.node)",
            "nud", "probe")
        try eventually("the entry is confirmed") { try neighbor().contains("REACHABLE") }
        let frames = capture.frames.compactMap { frame in
            try? frame.bytes.withUnsafeBytes { try NDFrame(parsing: $0) }
        }
        let question = try #require(
            frames.first { $0.receiver == Self.served && $0.destination == Self.node })
        guard case .solicitation = question.message else {
            Issue.record("\(question) is no solicitation")
            return
        }
        #expect(frames.contains(question.advertisement(from: Self.node)))
    }

    /// The kernel's own duplicate address detection learns that the address is in use (RFC 4862 §5.4).
    @Test func w3AKernelThatTriesTheAddressFindsItTaken() throws {
        try loop.serve(.ipv6(Self.served))
        try test.client.ip("-6", "address", "add", "\(Self.served)/64", "dev", "eth0")
        try eventually("the kernel finds a duplicate") {
            try test.client.ip("-6", "address", "show", "dev", "eth0").contains("dadfailed")
        }
    }

    /// RFC 4861 §7.2.6, on the schedule of gratuitous ARP: ten times, which is more than the RFC's.
    @Test func aTakenAddressIsAdvertisedOnSchedule() throws {
        let capture = try FrameCapture(
            in: test.client, on: "eth0", filter: "icmp6 and ether src \(Self.node)")
        try loop.serve(.ipv6(Self.served))
        let wanted = TestDiscovery.bytes(.unsolicited(for: Self.served, from: Self.node))
        func milliseconds() -> [Int64] {
            let all = capture.frames.filter { $0.bytes == wanted }.map(\.nanoseconds)
            return all.map { ($0 - all[0]) / 1_000_000 }
        }
        let schedule: [Int64] = [0, 10, 30, 100, 200, 400, 700, 1050, 2000]
        try eventually("nine advertisements") { milliseconds().count >= schedule.count }
        for (offset, at) in zip(schedule, milliseconds()) {
            // The first may be late on a busy machine, and so may each.
            #expect((offset - 80...offset + 500).contains(at), "\(at) for \(offset)")
        }
    }

    /// A client that holds another node's link-layer address sends to this one from the first
    /// advertisement on.
    @Test(arguments: ["reachable", "stale"])
    func anUnsolicitedAdvertisementOverridesAKernelsCache(state: String) throws {
        try test.client.ip(
            "-6", "neigh", "replace", "\(Self.served)", "dev", "eth0", "lladdr",
            "02:00:5e:00:53:ee", "nud", state)
        try loop.serve(.ipv6(Self.served))
        try eventually("the cache names this node", within: .milliseconds(500)) {
            try neighbor().contains("lladdr 02:00:5e:00:53:01")
        }
    }

    /// W5: the burst again, and every answer from then on.
    @Test func w5AnotherMACOfTheLinkIsAdvertisedAndAnsweredWith() throws {
        try loop.serve(.ipv6(Self.served))
        #expect(try ndisc6() != nil)
        try talk()
        try eventually("the client's kernel has resolved it") {
            try neighbor().contains("lladdr 02:00:5e:00:53:01")
        }
        try test.node.ip("link", "set", "eth0", "address", "02:00:5e:00:53:77")
        try eventually("the client's cache follows", within: .milliseconds(500)) {
            try neighbor().contains("lladdr 02:00:5e:00:53:77")
        }
        #expect(try ndisc6()?.contains("02:00:5E:00:53:77") == true)
    }

    /// Also what was asked before (W4).
    @Test func w4NothingIsAdvertisedOnceTheAddressIsLost() throws {
        try loop.serve(.ipv6(Self.served))
        let socket = try TestDiscovery(in: test)
        #expect(try socket.ask(TestDiscovery.bytes(Self.request)) != nil)
        let link = try TestSegment.link(in: test.node).index
        let other = IPv6Address(bits: 0x2001_0DB8 << 96 | 0x17)
        for _ in 0..<100 { try socket.send(Self.request) }
        loop.loop.responder.publish(AnswerTable([.init(link: link, address: .ipv6(other))]))
        while try socket.receive() != nil {}
        #expect(try socket.ask(TestDiscovery.bytes(Self.request), whileServing: other) == nil)
    }

    /// A table that the loop no longer stands behind may be another node's address by now.
    @Test func nothingIsAdvertisedWhileTheLoopStandsStill() throws {
        try loop.serve(.ipv6(Self.served))
        let socket = try TestDiscovery(in: test)
        let counters = loop.loop.responder.counters
        try loop.whileStalled {
            try eventually("the last turn is older than four periods") {
                Instant.now() - loop.loop.lastTurn >= .milliseconds(200)
            }
            let (answered, withheld) = (counters.answeredCount, counters.withheldCount)
            try socket.send(Self.request)
            try eventually("the answer is withheld") { counters.withheldCount > withheld }
            #expect(counters.answeredCount == answered)
        }
        #expect(try ndisc6() != nil, "the loop turns again")
    }

    @Test func aForeignHostThatTakesTheAddressIsReported() throws {
        try loop.serve(.ipv6(Self.served))
        let socket = try TestDiscovery(in: test)
        try socket.send(.unsolicited(for: Self.served, from: Self.client))
        try eventually("the conflict is reported") {
            loop.reports.contains {
                guard case .conflict(.ipv6(Self.served), let foreign, _, _) = $0 else {
                    return false
                }
                return foreign == Self.client
            }
        }
    }

    /// A flood of solicitations, for the address and for others, from ever new hosts: the loop turns
    /// on, and a client is answered.
    @Test func aFloodOfSolicitationsLeavesTheLoopAndTheResponderAlive() throws {
        try loop.serve(.ipv6(Self.served))
        let socket = try TestDiscovery(in: test)
        var (turns, last, sent) = (0, loop.loop.lastTurn, 0)
        let end = Instant.now() + .milliseconds(500)
        while Instant.now() < end {
            let asker = IPv6Address(bits: 0x2001_0DB8 << 96 | UInt128(0x1_0000 + sent))
            let target = sent.isMultiple(of: 2) ? Self.served : TestSegment.clientsIPv6
            try socket.send(.request(for: target, from: Self.client, at: asker))
            sent += 1
            if loop.loop.lastTurn != last { turns += 1 }
            last = loop.loop.lastTurn
        }
        #expect(sent > 500, "\(sent) solicitations in half a second")
        #expect(turns >= 5, "a turn each period at least")
        // The flood may have filled the node's queue: a client asks again.
        try eventually("a client is answered") {
            try socket.send(Self.request)
            while let frame = try socket.receive() {
                if frame == Self.request.advertisement(from: Self.node) { return true }
            }
            return false
        }
    }

    // MARK: - Probe before use, RFC 4862 §5.4

    @Test func anAddressThatNobodyUsesIsFree() throws {
        let capture = try FrameCapture(
            in: test.client, on: "eth0", filter: "icmp6 and ether src \(Self.node)")
        loop.loop.send(.probeRequested([.ipv6(Self.served)]))
        try eventually("the probes are over") { loop.probeResult(of: .ipv6(Self.served)) != nil }
        #expect(loop.probeResult(of: .ipv6(Self.served)) == .free)
        let probe = TestDiscovery.bytes(.probe(for: Self.served, from: Self.node))
        #expect(capture.frames.filter { $0.bytes == probe }.count == 3)
    }

    /// A kernel answers a probe to all nodes.
    @Test func aForeignHostThatUsesTheAddressIsNamedByItsMAC() throws {
        let foreign = try NetworkNamespace("foreign")
        try test.segment.plug(
            foreign, addresses: ["\(Self.served)/64"], linkAddress: "02:00:5e:00:53:ff")
        try eventually("the foreign host answers") { try ndisc6() != nil }
        loop.loop.send(.probeRequested([.ipv6(Self.served)]))
        try eventually("the probes are over") { loop.probeResult(of: .ipv6(Self.served)) != nil }
        #expect(
            try loop.probeResult(of: .ipv6(Self.served))
                == .taken(LinkAddress("02:00:5e:00:53:ff")))
    }

    /// Another host that probes for the address at the same time wants it too (RFC 4862 §5.4.3).
    @Test func aForeignHostThatProbesForTheAddressTakesIt() throws {
        let socket = try TestDiscovery(in: test)
        loop.loop.send(.probeRequested([.ipv6(Self.served)]))
        try eventually("the first probe arrives") { try socket.receive()?.isProbe == true }
        try socket.send(.probe(for: Self.served, from: Self.client))
        try eventually("the probes are over") { loop.probeResult(of: .ipv6(Self.served)) != nil }
        #expect(loop.probeResult(of: .ipv6(Self.served)) == .taken(Self.client))
    }

    // MARK: - Asking

    /// What ndisc6 printed; nil when nobody answered within a second.
    private func ndisc6() throws -> String? {
        let run = try test.client.run(
            "ndisc6", ["-1", "-r", "1", "-w", "1000", "\(Self.served)", "eth0"])
        return run.succeeded ? run.output : nil
    }

    /// A datagram of the client's kernel to the address.
    private func talk() throws {
        let said = try test.client.run("bash", ["-c", "echo hello > /dev/udp/\(Self.served)/9"])
        #expect(said.succeeded, "\(said.errorOutput)")
    }

    /// The client's cache entry for the address.
    private func neighbor() throws -> String {
        try test.client.ip("-6", "neigh", "show", "\(Self.served)", "dev", "eth0")
    }
}
