import Testing
import Timing
import Wire

@testable import Ownership

/// A node whose loop stands still again and again is heard all the while: it lets others have its
/// addresses, for nobody else could tell.
@Suite struct SteadinessTests {
    private static func at(_ milliseconds: Int64) -> Instant { .zero + .milliseconds(milliseconds) }

    @Test(arguments: [
        ("three within the window", [Int64(0), 1_000, 4_999], true),
        ("two", [0, 1_000], false),
        ("the first is forgotten", [0, 1_000, 5_000], false),
        ("three after many years", [0, 9_000, 10_000, 11_000], true),
    ])
    func stallsAreCountedWithinAWindow(_ name: String, _ stalls: [Int64], _ isUnsteady: Bool) {
        var steadiness = Steadiness()
        let changes = stalls.map { steadiness.noteStall(at: Self.at($0)) }
        #expect(steadiness.isUnsteady == isUnsteady)
        #expect(changes.last == isUnsteady, "it is told once, and at once")
    }

    @Test func itEndsAfterTheCalm() {
        var steadiness = Steadiness()
        for stall in [0, 100, 200] { _ = steadiness.noteStall(at: Self.at(Int64(stall))) }
        let isNews = steadiness.noteStall(at: Self.at(3_000))
        #expect(!isNews)
        #expect(steadiness.nextDeadline == Self.at(13_000))
        let isSteady = [12_999, 13_000].map { steadiness.advance(at: Self.at($0)) }
        #expect(isSteady == [false, true])
        #expect(!steadiness.isUnsteady)
        #expect(steadiness.nextDeadline == nil)
    }

    /// Pauses of 190 ms, which no D of 250 ms finds, each 10 ms before a hello is due.
    private static func stall(_ node: Int, _ cluster: inout Cluster) {
        for _ in 0..<4 {
            cluster.pause(node)
            cluster.run(milliseconds: 190)
            cluster.wake(node)
            cluster.run(milliseconds: 90)
        }
        cluster.run(milliseconds: 300)
    }

    private static func isSaid(_ cluster: Cluster, _ node: Int) -> Bool? {
        cluster.lastHello[node]?.flags.contains(.unsteady)
    }

    @Test func steadierNodesTakeItsAddressesAndItTakesNoneBack() {
        var cluster = Cluster(count: 3, addresses: 9)
        cluster.start()
        #expect(cluster.counts == [3, 3, 3])
        Self.stall(0, &cluster)
        #expect(cluster.counts[0] == 0)
        #expect(cluster.counts.reduce(0, +) == 9)
        #expect(Self.isSaid(cluster, 0) == true)
        #expect(cluster.nodes[0].reports.contains(.unsteady(true)))
        cluster.run(milliseconds: 11_000)
        #expect(Self.isSaid(cluster, 0) == false)
        #expect(cluster.counts[0] == 0, "nothing goes back by itself")
        cluster.kill(1)
        cluster.run(milliseconds: 1_000)
        #expect(cluster.counts[0] > 0, "it is a candidate like any other again")
    }

    /// Somebody must answer: two that are short of time keep what they have.
    @Test func withoutASteadierNodeEachKeepsItsOwn() {
        var cluster = Cluster(count: 2, addresses: 4)
        cluster.start()
        #expect(cluster.counts == [2, 2])
        cluster.kill(1)
        cluster.run(milliseconds: 1_000)
        Self.stall(0, &cluster)
        #expect(cluster.counts == [4, 0])
        cluster.restart(1, incarnation: 2)
        cluster.run(milliseconds: 2_000)
        #expect(cluster.counts == [0, 4], "who starts has time")
        Self.stall(1, &cluster)
        #expect(cluster.counts == [0, 4], "the other is still as unsteady")
        cluster.kill(1)
        cluster.run(milliseconds: 1_000)
        #expect(cluster.counts == [4, 0], "better an unsteady one than none")
    }
}
