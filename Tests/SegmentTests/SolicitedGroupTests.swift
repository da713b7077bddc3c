import Addressing
import Laboratory
import LinkLayer
import Ownership
import Testing
import Wire

@testable import Daemon

/// W3: this host is in the group of every address that solicitations may ask for.
@Suite struct SolicitedGroupTests {
    static let served = TestSegment.servedIPv6
    static let group = "ff02::1:ff00:16"

    private let test: TestSegment
    private let loop: TestLoop

    init() throws {
        test = try TestSegment()
        loop = try TestLoop("n1", in: test.node, interfaces: ["eth0", "eth1"])
    }

    private func isJoined(on link: String = "eth0") throws -> Bool {
        try test.node.ip("-6", "maddress", "show", "dev", link).contains(Self.group + "\n")
    }

    private func view(
        _ addresses: [IPAddress], nodes: [String] = ["n1"], interfaces: [String] = []
    ) {
        loop.loop.send(.ownNodePresent(true))
        loop.loop.send(
            .viewLoaded(
                addresses.map {
                    AddressFacts($0, eligibility: .nodes(nodes), interfaces: interfaces)
                }, isFresh: true))
    }

    @Test func w3TheGroupIsJoinedReportedAndLeftWithTheAddress() throws {
        let capture = try FrameCapture(
            in: test.segment.namespace, on: "br0", filter: "ip6[6] == 0 and ip6[48] == 143")
        func isReported(_ record: UInt8) -> Bool {
            // RFC 3810 §5.2: record type, no auxiliary words, no sources, the group.
            let wanted: [UInt8] =
                [record, 0, 0, 0, 0xFF, 2] + [UInt8](repeating: 0, count: 9)
                + [1, 0xFF, 0, 0, 0x16]
            return capture.frames.contains { frame in
                frame.bytes.indices.contains { frame.bytes[$0...].starts(with: wanted) }
            }
        }
        #expect(try !isJoined())
        view([.ipv6(Self.served)])
        try eventually("the group is joined") { try isJoined() }
        try eventually("a report leaves") { isReported(4) }
        loop.loop.send(.addressesChanged([], removed: [.ipv6(Self.served)]))
        try eventually("the group is left") { try !isJoined() }
        try eventually("another report leaves") { isReported(3) }
    }

    /// A switch that snoops has learnt of every node when one of them takes over.
    @Test func w3TheGroupIsJoinedWhoeverAnswers() throws {
        view([.ipv6(Self.served)], nodes: ["n2"])
        try eventually("the group is joined") { try isJoined() }
    }

    @Test func w3OneGroupOfTwoAddressesIsLeftWithTheLast() throws {
        let twin = IPAddress.ipv6(IPv6Address(bits: 0x2001_0DB8_0001 << 80 | 0x16))
        view([.ipv6(Self.served), twin])
        try eventually("the group is joined") { try isJoined() }
        view([twin, .ipv6(TestSegment.clientsIPv6)])
        // Another group that comes with the same step says when it was taken.
        try eventually("the step is taken") {
            try test.node.ip("-6", "maddress", "show", "dev", "eth0").contains("ff02::1:ff00:2\n")
        }
        #expect(try isJoined())
    }

    @Test func w3ALinkThatAppearsLaterIsJoinedOn() throws {
        view([.ipv6(Self.served)], interfaces: ["eth0", "eth1"])
        try eventually("the group is joined") { try isJoined() }
        try test.segment.plug(test.node, as: "eth1")
        try eventually("the group is joined on the new link") { try isJoined(on: "eth1") }
        try test.node.ip("link", "delete", "eth1")
        try test.segment.plug(test.node, as: "eth1")
        try eventually("and on the next of its name") { try isJoined(on: "eth1") }
    }

    /// RFC 4862 §5.4.2: to hear of another host that wants the address.
    @Test func aProbedAddressIsListenedForUntilTheProbesAreOver() throws {
        loop.loop.send(.probeRequested([.ipv6(Self.served)]))
        try eventually("the group is joined") { try isJoined() }
        try eventually("the probes are over") { loop.probeResult(of: .ipv6(Self.served)) != nil }
        try eventually("the group is left") { try !isJoined() }
    }

    /// A bridge that snoops, and that knows of a querier, lets a solicitation through to those alone
    /// who reported the group.
    @Test func w3ASnoopingSwitchLetsSolicitationsThrough() throws {
        // A querier has an address. In hundredths of a second; a querier that begins takes others for silent after the first.
        try test.segment.namespace.ip(
            "address", "add", "fe80::99/64", "dev", "br0", "nodad")
        try test.segment.namespace.ip(
            "link", "set", "br0", "type", "bridge", "mcast_query_response_interval", "10",
            "mcast_startup_query_interval", "20")
        try test.segment.namespace.ip(
            "link", "set", "br0", "type", "bridge", "mcast_snooping", "1", "mcast_querier", "1")
        let stranger = "2001:db8::3"
        try eventually(
            "nobody is asked for an address whose group nobody reported", within: .seconds(30)
        ) {
            let capture = try FrameCapture(
                in: test.node, on: "eth0", filter: "icmp6 and dst host ff02::1:ff00:3")
            try test.client.run("ndisc6", ["-1", "-r", "1", "-w", "200", stranger, "eth0"])
            return capture.frames.isEmpty
        }
        view([.ipv6(Self.served)])
        try eventually("the address is found") {
            try test.client.run(
                "ndisc6", ["-1", "-r", "1", "-w", "500", "\(Self.served)", "eth0"]
            ).succeeded
        }
    }
}
