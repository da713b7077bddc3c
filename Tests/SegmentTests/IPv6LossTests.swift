import Addressing
import Foundation
import Laboratory
import LinkLayer
import Ownership
import Testing
import Timing
import Wire

@testable import Daemon

/// W5: a link that loses IPv6, and gets it back, under a node that has IPv4 on it too.
@Suite struct IPv6LossTests {
    static let served: [IPAddress] = [
        .ipv4(TestSegment.served), .ipv6(TestSegment.servedIPv6),
    ]

    enum Loss: CaseIterable {
        /// By sysctl(8).
        case disabled
        /// Below what IPv6 wants (RFC 8200 §5).
        case smallMTU

        func begin(in node: NetworkNamespace) throws {
            switch self {
            case .disabled:
                try node.run("sysctl", ["-qw", "net.ipv6.conf.eth0.disable_ipv6=1"])
            case .smallMTU: try node.ip("link", "set", "eth0", "mtu", "1279")
            }
        }

        /// With the address, which the kernel has forgotten.
        func end(in node: NetworkNamespace, _ address: String) throws {
            switch self {
            case .disabled:
                try node.run("sysctl", ["-qw", "net.ipv6.conf.eth0.disable_ipv6=0"])
            case .smallMTU: try node.ip("link", "set", "eth0", "mtu", "1500")
            }
            try node.ip("address", "add", address, "dev", "eth0", "nodad")
        }
    }

    private let segment: Segment
    private let client: NetworkNamespace
    private let nodes: [NetworkNamespace]

    init() throws {
        segment = try Segment()
        client = try NetworkNamespace("client")
        nodes = try [NetworkNamespace("n1"), NetworkNamespace("n2")]
        try segment.plug(client, addresses: ["192.0.2.9/24", "2001:db8::9/64"])
    }

    private func loops(_ plugged: (Int) -> [String], peers: (Int) -> IPAddress) throws
        -> [TestLoop]
    {
        try (1...2).map { number in
            try segment.plug(
                nodes[number - 1], addresses: plugged(number),
                linkAddress: "02:00:5e:00:53:0\(number)")
            let loop = try TestLoop("n\(number)", in: nodes[number - 1])
            loop.loop.send(try HelloTests.keyring())
            loop.loop.send(
                .peersChanged((1...2).map { PeerNode("n\($0)", addresses: [peers($0)]) }))
            loop.loop.send(.ownNodePresent(true))
            loop.loop.send(
                .viewLoaded(
                    Self.served.map { AddressFacts($0, eligibility: .nodes(["n1", "n2"])) },
                    isFresh: true))
            return loop
        }
    }

    /// Which node answers the client's solicitation.
    private func advertiser() throws -> String? {
        let answer = try client.run(
            "ndisc6", ["-1", "-r", "3", "-w", "500", "\(TestSegment.servedIPv6)", "eth0"])
        guard let end = answer.output.range(of: "02:00:5E:00:53:0")?.upperBound,
            end < answer.output.endIndex
        else { return nil }
        return "n\(answer.output[end])"
    }

    private static func await(
        _ owner: String, of address: IPAddress, _ loops: [TestLoop]
    ) throws {
        try eventually("\(owner) owns \(address)", within: .seconds(20)) {
            loops.allSatisfy { $0.owner(of: address) == owner }
        }
    }

    @Test(arguments: Loss.allCases)
    func w5ItsIPv6AddressesGoToAnotherNodeAndIPv4Stays(loss: Loss) throws {
        let loops = try loops(
            { ["192.0.2.\($0)/24", "2001:db8::\($0)/64"] },
            peers: { .ipv4(IPv4Address(192, 0, 2, UInt8($0))) })
        try eventually("each address has one owner, the same for both", within: .seconds(20)) {
            let owners = loops.map { loop in Self.served.map { loop.owner(of: $0) } }
            return owners[0] == owners[1] && owners[0].allSatisfy { $0 != nil }
        }
        let first = try #require(loops[0].owner(of: Self.served[1]))
        let (number, other) = first == "n1" ? (1, "n2") : (2, "n1")
        func toldOfIPv4() -> Int {
            loops.flatMap(\.reports).count {
                guard case .addressChanged(let status) = $0 else { return false }
                return status.address == Self.served[0]
            }
        }
        let before = toldOfIPv4()
        try loss.begin(in: nodes[number - 1])
        try Self.await(other, of: Self.served[1], loops)
        #expect(try advertiser() == other)
        try loss.end(in: nodes[number - 1], "2001:db8::\(number)/64")
        // The other loses it in its turn: where it was is good again.
        try loss.begin(in: nodes[2 - number])
        try Self.await(first, of: Self.served[1], loops)
        #expect(try advertiser() == first)
        #expect(toldOfIPv4() == before, "nothing happened to the IPv4 address")
    }

    /// Where hellos go by IPv6 they leave and come back with it, and one owner is left.
    @Test(arguments: Loss.allCases)
    func w5HellosByIPv6LeaveAndComeBack(loss: Loss) throws {
        let loops = try loops(
            { ["2001:db8::\($0)/64"] },
            peers: { .ipv6(IPv6Address(bits: 0x2001_0DB8 << 96 | UInt128($0))) })
        func state(_ loop: TestLoop, of node: String) -> MemberState? {
            for case .memberChanged(let member) in loop.reports.reversed()
            where member.node == node { return member.state }
            return nil
        }
        func awaitMembers(_ wanted: MemberState) throws {
            try eventually("each is \(wanted) to the other", within: .seconds(20)) {
                state(loops[0], of: "n2") == wanted && state(loops[1], of: "n1") == wanted
            }
        }
        try awaitMembers(.alive)
        try loss.begin(in: nodes[0])
        try awaitMembers(.dead)
        try Self.await("n2", of: Self.served[1], [loops[1]])
        try loss.end(in: nodes[0], "2001:db8::1/64")
        try awaitMembers(.alive)
        try Self.await("n2", of: Self.served[1], loops)
        #expect(try advertiser() == "n2")
    }
}
