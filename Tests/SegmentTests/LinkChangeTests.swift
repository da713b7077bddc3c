import Addressing
import Laboratory
import LinkLayer
import Ownership
import Testing
import Wire

@testable import Daemon

/// W5: links whose names, bridges and namespaces change under a daemon that chooses them by route.
@Suite struct LinkChangeTests {
    private let test: TestSegment
    private let loop: TestLoop

    init() throws {
        test = try TestSegment()
        loop = try TestLoop("n1", in: test.node, interfaces: [])
        try loop.serve()
    }

    private func answer() throws -> String? { try test.arping() }

    private func awaitAnswer(_ what: String) throws {
        try eventually(what) { try answer() != nil }
    }

    @Test func w5ARenamedLinkIsServedOn() throws {
        try awaitAnswer("it is answered")
        try test.node.ip("link", "set", "eth0", "down")
        try eventually("it is given up") {
            loop.state(of: .ipv4(TestSegment.served)) != .announced
        }
        try test.node.ip("link", "set", "eth0", "name", "lan0")
        try test.node.ip("link", "set", "lan0", "up")
        try awaitAnswer("it is answered on the link of another name")
    }

    /// A port of a bridge is no link of its own: the bridge takes its place.
    @Test func w5ALinkThatJoinsABridgeIsServedByTheBridge() throws {
        try awaitAnswer("it is answered")
        try test.node.ip(
            "link", "add", "br0", "address", "02:00:5e:00:53:b0", "type", "bridge",
            "forward_delay", "0")
        try test.node.ip("link", "set", "br0", "up")
        try test.node.ip("address", "delete", "192.0.2.1/24", "dev", "eth0")
        try test.node.ip("link", "set", "eth0", "master", "br0")
        try test.node.ip("address", "add", "192.0.2.1/24", "dev", "br0")
        try eventually("the bridge answers") {
            try answer()?.contains("[02:00:5E:00:53:B0]") ?? false
        }
    }

    @Test func w5ALinkThatMovesToAnotherNamespaceAndBackIsServedAgain() throws {
        try awaitAnswer("it is answered")
        let elsewhere = try NetworkNamespace("elsewhere")
        try test.node.ip("link", "set", "eth0", "netns", elsewhere.name)
        try eventually("nobody may answer") {
            loop.state(of: .ipv4(TestSegment.served)) != .announced
        }
        #expect(try answer() == nil)
        try elsewhere.ip("link", "set", "eth0", "netns", test.node.name)
        try test.node.ip("address", "add", "192.0.2.1/24", "dev", "eth0")
        try test.node.ip("link", "set", "eth0", "up")
        try awaitAnswer("it is answered again")
    }

    /// Clients behind the other link know another link-layer address, if any.
    @Test func w5APrefixThatMovesToAnotherLinkIsAnnouncedThere() throws {
        let (second, witness) = try (Laboratory.Segment(), NetworkNamespace("witness"))
        try second.plug(witness)
        let mac = LinkAddress(bits: 0x0200_5E00_53E1)
        try second.plug(
            test.node, as: "eth1", addresses: ["198.51.100.1/24"], linkAddress: "\(mac)")
        let marker = IPAddress.ipv4(IPv4Address(198, 51, 100, 16))
        let served: [IPAddress] = [.ipv4(TestSegment.served), .ipv6(TestSegment.servedIPv6)]
        let facts = (served + [marker]).map { AddressFacts($0, eligibility: .nodes(["n1"])) }
        loop.loop.send(.viewLoaded(facts, isFresh: true))
        try eventually("eth1 is ready") { loop.state(of: marker) == .announced }
        let capture = try FrameCapture(in: witness, on: "eth0", filter: "arp or icmp6")
        for address in ["192.0.2.1/24", "2001:db8::1/64"] {
            try test.node.ip("address", "delete", address, "dev", "eth0")
            try test.node.ip("address", "add", address, "dev", "eth1")
        }
        let wanted = [
            ByteWriter.bytes(capacity: ARPFrame.byteCount) {
                ARPFrame.gratuitousReply(for: TestSegment.served, from: mac).serialize(into: &$0)
            },
            TestDiscovery.bytes(.unsolicited(for: TestSegment.servedIPv6, from: mac)),
        ]
        for (address, frame) in zip(served, wanted) {
            try eventually("\(address) is announced on eth1") {
                capture.frames.contains { $0.bytes == frame }
            }
        }
    }
}
