import Addressing
import Laboratory
import LinkLayer
import Ownership
import Testing
import Timing
import Wire

@testable import Daemon

/// Two nodes that share two segments; the addresses are on the first.
@Suite struct CarrierTests {
    private let first: Segment
    private let second: Segment
    private let nodes: [NetworkNamespace]
    /// The nodes' ports at the first segment's switch.
    private let ports: [String]

    init() throws {
        let (first, second) = try (Segment(), Segment())
        let nodes = try [NetworkNamespace("n1"), NetworkNamespace("n2")]
        var ports: [String] = []
        for (number, node) in zip(1..., nodes) {
            ports.append(
                try first.plug(
                    node, addresses: ["192.0.2.\(number)/24", "2001:db8::\(number)/64"],
                    linkAddress: "02:00:5e:00:53:0\(number)"))
            try second.plug(node, as: "eth1", addresses: ["198.51.100.\(number)/24"])
        }
        (self.first, self.second, self.nodes, self.ports) = (first, second, nodes, ports)
    }

    private static let addresses: [IPAddress] = [
        .ipv4(TestSegment.served), .ipv6(TestSegment.servedIPv6),
    ]

    private func loop(_ number: Int, interfaces: [String]) throws -> TestLoop {
        // Slow, so that the time until a silent node is called dead is told from at once.
        let loop = try TestLoop(
            "n\(number)", in: nodes[number - 1], profile: .cautious, interfaces: ["eth0", "eth1"])
        loop.loop.send(try HelloTests.keyring())
        let own = (1...2).map { number in
            PeerNode(
                "n\(number)",
                addresses: [.ipv4(IPv4Address(192, 0, 2, UInt8(number)))])
        }
        loop.loop.send(.peersChanged(own))
        loop.loop.send(.ownNodePresent(true))
        let facts = Self.addresses.map {
            AddressFacts($0, eligibility: .nodes(["n1", "n2"]), interfaces: interfaces)
        }
        loop.loop.send(.viewLoaded(facts, isFresh: true))
        return loop
    }

    private func owners(_ loops: [TestLoop]) -> [[String?]] {
        loops.map { loop in Self.addresses.map { loop.owner(of: $0) } }
    }

    /// No detection time: the node says by its other link that it has given the addresses up. They
    /// are the first's alone when their pool says so, and when its prefix covers them.
    @Test(arguments: [["eth0"], []], ["the cable is pulled", "the link is set down"])
    func w5CarrierLossHandsOverAtOnceWhereAnotherLinkReachesThePeers(
        interfaces: [String], how: String
    ) throws {
        let loops = try [loop(1, interfaces: interfaces), loop(2, interfaces: interfaces)]
        try eventually("each address has one owner, the same for both", within: .seconds(20)) {
            let owners = owners(loops)
            return owners[0] == owners[1] && owners[0].allSatisfy { $0 != nil }
        }
        let owner = try #require(loops[0].owner(of: Self.addresses[0]))
        let other = owner == "n1" ? "n2" : "n1"
        let number = owner == "n1" ? 0 : 1
        if how == "the cable is pulled" {
            try first.pull(ports[number])
        } else {
            try nodes[number].ip("link", "set", "eth0", "down")
        }
        let pulled = Instant.now()
        try eventually("the other owns both") {
            Self.addresses.allSatisfy { loops[other == "n1" ? 0 : 1].owner(of: $0) == other }
        }
        let took = Instant.now() - pulled
        #expect(took < HelloProfile.cautious.detectionTime / 2, "after \(took)")
    }
}
