import Addressing
import Laboratory
import LinkLayer
import Ownership
import Testing
import Timing
import Wire

@testable import Daemon

/// A node on two segments, with another peer on each: every segment has members, owners and answers
/// of its own.
@Suite struct TwoSegmentTests {
    /// By segment.
    static let served = [IPv4Address(192, 0, 2, 16), IPv4Address(198, 51, 100, 16)]

    private let segments: [Segment]
    private let clients: [NetworkNamespace]
    /// They outlive the loops in them: who hears nobody at all is deaf.
    private let nodes: [NetworkNamespace]
    private let loops: [TestLoop]

    init() throws {
        let segments = try [Segment(), Segment()]
        let prefixes = ["192.0.2.", "198.51.100."]
        clients = try zip(segments, prefixes).map { segment, prefix in
            let client = try NetworkNamespace("client")
            try segment.plug(client, addresses: [prefix + "9/24"])
            return client
        }
        let both = try NetworkNamespace("n1")
        try segments[0].plug(both, addresses: ["192.0.2.1/24"], linkAddress: "02:00:5e:00:53:01")
        try segments[1].plug(
            both, as: "eth1", addresses: ["198.51.100.1/24"], linkAddress: "02:00:5e:00:53:11")
        let second = try NetworkNamespace("n2")
        try segments[0].plug(second, addresses: ["192.0.2.2/24"], linkAddress: "02:00:5e:00:53:02")
        let third = try NetworkNamespace("n3")
        try segments[1].plug(
            third, addresses: ["198.51.100.3/24"], linkAddress: "02:00:5e:00:53:03")
        self.segments = segments
        nodes = [both, second, third]
        loops = try zip(["n1", "n2", "n3"], nodes).map { name, node in
            // The links are chosen by the routes.
            let loop = try TestLoop(name, in: node, interfaces: [])
            loop.loop.send(try HelloTests.keyring())
            loop.loop.send(
                .peersChanged([
                    PeerNode(
                        "n1",
                        addresses: [
                            .ipv4(IPv4Address(192, 0, 2, 1)), .ipv4(IPv4Address(198, 51, 100, 1)),
                        ]),
                    PeerNode("n2", addresses: [.ipv4(IPv4Address(192, 0, 2, 2))]),
                    PeerNode("n3", addresses: [.ipv4(IPv4Address(198, 51, 100, 3))]),
                ]))
            loop.loop.send(.ownNodePresent(true))
            let facts = zip(Self.served, [["n1", "n2"], ["n1", "n3"]]).map { address, nodes in
                AddressFacts(
                    .ipv4(address), eligibility: .nodes(nodes), preferences: ["n1": 1])
            }
            loop.loop.send(.viewLoaded(facts, isFresh: true))
            return loop
        }
    }

    private func answer(to client: Int, for address: IPv4Address) throws -> String? {
        let asked = try clients[client].run(
            "arping", ["-c", "1", "-w", "1", "-I", "eth0", "\(address)"])
        let mac = asked.output.split(separator: "[").dropFirst().first?.prefix(17)
        return mac.map { $0.lowercased() }
    }

    @Test func w5EachSegmentHasMembersOwnersAndAnswersOfItsOwn() throws {
        // n1 alone may take both at first: the others came with it, and it is preferred.
        try eventually("each address has an owner that its peers agree on", within: .seconds(20)) {
            zip(Self.served, [1, 2]).allSatisfy { address, peer in
                let owners = [loops[0], loops[peer]].map { $0.owner(of: address) }
                return owners[0] != nil && owners[0] == owners[1]
            }
        }
        for (number, address) in Self.served.enumerated() {
            #expect(try answer(to: number, for: address) != nil)
            #expect(try answer(to: 1 - number, for: address) == nil, "on its segment alone")
        }
        loops[0].loop.stop()
        try eventually("each address is its own segment's other node's", within: .seconds(20)) {
            loops[1].owner(of: Self.served[0]) == "n2" && loops[2].owner(of: Self.served[1]) == "n3"
        }
        #expect(try answer(to: 0, for: Self.served[0]) == "02:00:5e:00:53:02")
        #expect(try answer(to: 1, for: Self.served[1]) == "02:00:5e:00:53:03")
        func members(of loop: TestLoop) -> Set<String> {
            Set(
                loop.reports.compactMap {
                    guard case .memberChanged(let member) = $0 else { return nil }
                    return member.node
                })
        }
        #expect(members(of: loops[1]) == ["n1"], "never of the other segment's node")
        #expect(members(of: loops[2]) == ["n1"])
    }
}
