import Addressing
import Glibc
import Laboratory
import LinkLayer
import Ownership
import Testing
import Timing
import Wire

@testable import Daemon

/// `answerPing`: the client's kernel pings, by the sockets that ping(8) uses (icmp(7)).
@Suite struct PingTests {
    static let served: [IPAddress] = [
        .ipv4(TestSegment.served), .ipv6(TestSegment.servedIPv6),
    ]

    static let markers: [IPAddress] = [
        .ipv4(IPv4Address(192, 0, 2, 17)), .ipv6(IPv6Address(bits: 0x2001_0DB8 << 96 | 0x17)),
    ]

    private let test: TestSegment

    init() throws {
        test = try TestSegment()
        try test.client.run("sysctl", ["-qw", "net.ipv4.ping_group_range=0 2147483647"])
    }

    private func loop(
        answersPing: Bool, _ addresses: [IPAddress] = served
    ) throws -> TestLoop {
        let loop = try TestLoop("n1", in: test.node, answersPing: answersPing)
        loop.loop.send(.ownNodePresent(true))
        loop.loop.send(
            .viewLoaded(
                addresses.map { AddressFacts($0, eligibility: .nodes(["n1"])) }, isFresh: true))
        try eventually("all are announced") {
            addresses.allSatisfy { loop.state(of: $0) == .announced }
        }
        return loop
    }

    @Test(arguments: served)
    func anOwnedAddressIsPinged(address: IPAddress) throws {
        let loop = try loop(answersPing: true)
        for count in [0, 1, 56, 1_400] {
            let sent = (0..<count).map { UInt8(truncatingIfNeeded: $0) }
            #expect(try ping(address, sent) == sent, "\(count) bytes")
        }
        loop.loop.send(.addressesChanged([], removed: [address]))
        try eventually("it is forgotten") { loop.reports.contains(.addressForgotten(address)) }
        #expect(try ping(address, [1]) == nil, "the client knows where it was")
    }

    @Test(arguments: served)
    func pingsAreNotAnsweredUnlessAskedFor(address: IPAddress) throws {
        let loop = try loop(answersPing: false)
        #expect(try ping(address, [1]) == nil)
        _ = loop
    }

    /// The node's kernel answers for its own address, and this program not once more.
    @Test func theNodesOwnAddressIsItsKernels() throws {
        let loop = try loop(answersPing: true)
        let answered = loop.loop.responder.counters.answeredCount
        #expect(try ping(.ipv4(IPv4Address(192, 0, 2, 1)), [7]) == [7])
        #expect(loop.loop.responder.counters.answeredCount == answered)
    }

    /// kube-proxy in IPVS mode has each address on a link of its own, so that the kernel takes it.
    @Test(arguments: served, ["lo", "queue"])
    func anAddressThatTheNodeHasItselfIsAnsweredForOnce(address: IPAddress, link: String) throws {
        if link == "queue" { try test.node.ip("link", "add", "queue", "type", "ifb") }
        let loop = try loop(answersPing: true, Self.served + Self.markers)
        let own = address.family == .ipv4 ? Self.v4("192.0.2.1") : Self.v6(1)
        try eventually("the node's kernel reaches the client") { try ping(own, [0]) == [0] }
        #expect(try replies(for: address) == 1, "the responder's")
        let placed = "\(address)/\(address.family.bitWidth)"
        let flags = address.family == .ipv6 ? ["nodad"] : []
        try test.node.run("ip", ["address", "add", placed, "dev", link] + flags)
        try eventually("the kernel answers alone") { try replies(for: address) == 1 }
        for _ in 0..<3 { #expect(try replies(for: address) == 1, "the kernel's") }
        try test.node.ip("address", "delete", placed, "dev", link)
        try eventually("the responder answers again") { try replies(for: address) == 1 }
        _ = loop
    }

    /// How many replies to one ping reach the client's link. The responder has taken it when it answers
    /// the next, of an address that nobody else would answer for.
    private func replies(for address: IPAddress) throws -> Int {
        let isIPv4 = address.family == .ipv4
        let capture = try FrameCapture(
            in: test.client, on: "eth0",
            filter: isIPv4 ? "icmp[0] == 0" : "icmp6 and ip6[40] == 129")
        let answer = try ping(address, [1])
        #expect(answer == [1] || answer == nil)
        #expect(try ping(Self.markers[isIPv4 ? 0 : 1], [2]) == [2])
        var contents: [UInt8] = []
        try eventually("the last is seen") {
            contents = capture.frames.map { $0.bytes[isIPv4 ? 42 : 62] }
            return contents.contains(2)
        }
        return contents.count { $0 == 1 }
    }

    static let rows: [(String, LinkAddress, LinkAddress, IPAddress, IPAddress, Bool)] = [
        ("a ping", own, client, v4("192.0.2.2"), v4("192.0.2.16"), true),
        ("to everybody's MAC", .broadcast, client, v4("192.0.2.2"), v4("192.0.2.16"), false),
        ("from our MAC", own, own, v4("192.0.2.2"), v4("192.0.2.16"), false),
        ("from nowhere", own, client, v4("0.0.0.0"), v4("192.0.2.16"), false),
        ("from loopback", own, client, v4("127.0.0.1"), v4("192.0.2.16"), false),
        ("from a group", own, client, v4("224.0.0.1"), v4("192.0.2.16"), false),
        ("from everybody", own, client, v4("255.255.255.255"), v4("192.0.2.16"), false),
        ("from the address itself", own, client, v4("192.0.2.16"), v4("192.0.2.16"), false),
        ("of another address", own, client, v4("192.0.2.2"), v4("192.0.2.17"), false),
        ("IPv6", own, client, v6(2), v6(0x16), true),
        ("IPv6 from nowhere", own, client, v6(nil), v6(0x16), false),
        ("IPv6 from a group", own, client, .ipv6(.allNodes), v6(0x16), false),
    ]

    static let own = TestSegment.nodeAddress
    static let client = TestSegment.clientAddress
    static func v4(_ text: String) -> IPAddress { (try? IPAddress(text)) ?? .ipv4(.any) }
    static func v6(_ host: UInt128?) -> IPAddress {
        .ipv6(host.map { IPv6Address(bits: 0x2001_0DB8 << 96 | $0) } ?? .any)
    }

    @Test(arguments: served)
    func whatTheKernelHasIsTheKernels(address: IPAddress) throws {
        let isIPv4 = address.family == .ipv4
        let frame = Self.ping(
            from: (Self.client, isIPv4 ? Self.v4("192.0.2.2") : Self.v6(2)),
            to: (Self.own, address))
        try frame.withUnsafeBytes { bytes in
            let request = try EchoRequest(parsing: bytes)
            func judge(_ entry: AnswerTable.Entry) -> Bool {
                request.isAnswered(
                    on: 2, ownAddress: Self.own, answers: AnswerTable([entry]), at: .zero)
            }
            #expect(judge(.init(link: 2, address: address)))
            #expect(!judge(.init(link: 2, address: address, isLocal: true)))
            #expect(!judge(.init(link: 2, address: address, isAnsweredByKernel: true)))
        }
    }

    @Test(arguments: rows)
    func theRule(
        row: String, destination: LinkAddress, source: LinkAddress, sender: IPAddress,
        receiver: IPAddress, isAnswered: Bool
    ) throws {
        let answers = AnswerTable(Self.served.map { .init(link: 2, address: $0) })
        let frame = Self.ping(from: (source, sender), to: (destination, receiver))
        try frame.withUnsafeBytes { bytes in
            let request = try EchoRequest(parsing: bytes)
            func judge(_ link: Int32) -> Bool {
                request.isAnswered(
                    on: link, ownAddress: Self.own, answers: answers, at: .zero)
            }
            #expect(judge(2) == isAnswered, "\(row)")
            #expect(!judge(3), "\(row) on another link")
        }
    }

    private static func ping(
        from source: (LinkAddress, IPAddress), to destination: (LinkAddress, IPAddress)
    ) -> [UInt8] {
        ByteWriter.bytes(capacity: 128) { writer in
            var sum = InternetChecksum()
            let isIPv4 = source.1.family == .ipv4
            EthernetHeader(
                destination: destination.0, source: source.0, etherType: isIPv4 ? .ipv4 : .ipv6
            ).serialize(into: &writer)
            if case (.ipv4(let from), .ipv4(let to)) = (source.1, destination.1) {
                IPv4Header(
                    payloadLength: 8, protocolNumber: 1, timeToLive: 64, source: from,
                    destination: to
                ).serialize(into: &writer)
            } else if case (.ipv6(let from), .ipv6(let to)) = (source.1, destination.1) {
                IPv6Header(
                    payloadLength: 8, nextHeader: 58, hopLimit: 64, source: from, destination: to
                ).serialize(into: &writer)
                sum = InternetChecksum(
                    pseudoHeaderOf: from, to, nextHeader: 58, messageBytes: 8)
            }
            let start = writer.count
            writer.uint8(isIPv4 ? 8 : 128)
            writer.zeros(7)
            sum.add(writer.written(from: start))
            writer.overwrite(sum.field, at: start + 2)
        }
    }

    /// What came back within a second.
    private func ping(_ address: IPAddress, _ content: [UInt8]) throws -> [UInt8]? {
        try test.client.enter {
            let isIPv4 = address.family == .ipv4
            let descriptor = socket(
                isIPv4 ? AF_INET : AF_INET6, Int32(SOCK_DGRAM.rawValue),
                Int32(isIPv4 ? IPPROTO_ICMP : IPPROTO_ICMPV6))
            try #require(descriptor >= 0, "errno \(errno)")
            defer { close(descriptor) }
            var wait = timeval(tv_sec: 1, tv_usec: 0)
            setsockopt(
                descriptor, SOL_SOCKET, SO_RCVTIMEO, &wait,
                socklen_t(MemoryLayout<timeval>.size))
            // The kernel sets identifier and checksum.
            let message = [UInt8(isIPv4 ? 8 : 128), 0, 0, 0, 0, 0, 0, 1] + content
            #expect(Self.connect(descriptor, to: address))
            _ = send(descriptor, message, message.count, 0)
            var answer = [UInt8](repeating: 0xA5, count: 2_048)
            let count = recv(descriptor, &answer, answer.count, 0)
            guard count >= 8, answer[0] == (isIPv4 ? 0 : 129) else { return nil }
            return Array(answer[8..<count])
        }
    }

    private static func connect(_ descriptor: Int32, to address: IPAddress) -> Bool {
        func call<Address>(_ address: Address) -> Bool {
            withUnsafePointer(to: address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<Address>.size)) == 0
                }
            }
        }
        switch address {
        case .ipv4(let ipv4):
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_addr.s_addr = ipv4.bits.bigEndian
            return call(address)
        case .ipv6(let ipv6):
            var address = sockaddr_in6()
            address.sin6_family = sa_family_t(AF_INET6)
            withUnsafeMutableBytes(of: &address.sin6_addr) {
                $0.storeBytes(of: ipv6.bits.bigEndian, as: UInt128.self)
            }
            return call(address)
        }
    }
}
