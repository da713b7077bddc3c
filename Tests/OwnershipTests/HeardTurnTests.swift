import Addressing
import Testing
import Timing
import Wire

@testable import Ownership

/// More peers than a hello can name: nobody waits for ever.
@Suite struct HeardTurnTests {
    private static let peers = 99

    /// A segment on which `peers` are heard, always in the same order, the first one first.
    private func segment(_ nodes: inout NodeDirectory) -> Segment {
        let link = Link(
            index: 2, name: "lan0", address: LinkAddress(bits: 1), isRunning: true)
        var segment = Segment(
            link, schedule: AnnouncementSchedule(nodeTag: 1, framesPerSecond: 500, at: .zero),
            listensSince: .zero, until: .zero)
        for number in 1...Self.peers {
            let hello = Hello(
                node: "n\(number)", incarnation: 1, sequence: 1, periodMilliseconds: 50, misses: 5,
                linkAddress: LinkAddress(bits: UInt64(number)))
            let node = nodes.intern(hello.node)
            _ = segment.hear(
                hello, of: node, from: .ipv4(IPv4Address(bits: UInt32(number))),
                at: .zero + .milliseconds(number))
        }
        return segment
    }

    @Test func everyPeerIsNamedEveryFewHellos() {
        var nodes = NodeDirectory(own: "n0")
        var segment = segment(&nodes)
        let now = Instant.zero + .milliseconds(100)
        var named: Set<UInt64> = []
        for _ in 1...5 {
            let told = segment.heardByTurns(nodes: nodes, listener: nil, at: now)
                .prefix(HelloPages.heardMax)
            named.formUnion(told.map(\.nodeTag))
            // Whoever may be dead is named in each.
            #expect(told.contains { $0.nodeTag == StableHash.of("n1") })
        }
        #expect(named.count == Self.peers)
    }

    @Test func whoeverItIsForIsNamedFirst() {
        var nodes = NodeDirectory(own: "n0")
        var segment = segment(&nodes)
        let latest = nodes.intern("n\(Self.peers)")
        let told = segment.heardByTurns(
            nodes: nodes, listener: latest, at: .zero + .milliseconds(100))
        #expect(told.first?.nodeTag == StableHash.of("n\(Self.peers)"))
        #expect(told.count == Self.peers)
    }
}
