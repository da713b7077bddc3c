import Addressing
import Testing
import Timing
import Wire

@testable import Ownership

/// Turns at a free address are counted from when a node came to have its rank, and keep their order.
@Suite struct CandidacyTests {
    private static func at(_ milliseconds: Int64) -> Instant { .zero + .milliseconds(milliseconds) }

    @Test func aRankIsCountedFromWhenItChanged() {
        var candidacy = Candidacy(rank: 2, at: Self.at(10))
        #expect(candidacy.rankedSince == Self.at(10))
        candidacy.take(rank: 2, at: Self.at(30))
        #expect(candidacy.rankedSince == Self.at(10), "the same rank")
        candidacy.take(rank: 0, at: Self.at(40))
        #expect(candidacy.rankedSince == Self.at(40))
        #expect(candidacy.since == Self.at(10))
    }

    @Test func ranksThatGoOnChangingPutOffNothingForEver() {
        var candidacy = Candidacy(rank: 0, at: .zero)
        for millisecond in Int64(1)...500 {
            candidacy.take(rank: Int(millisecond % 2), at: Self.at(millisecond))
        }
        #expect(candidacy.rankedSince == Self.at(100))
    }

    /// A peer that was silent is heard again, so claims are held back for one period and a half, and
    /// those of the second candidate for a step longer still; they are silent for 2 ms more.
    @Test(arguments: [(0, Int64(77)), (1, 127)])
    func afterAHoldTheRanksStillFollowOneAnother(_ rank: Int, _ wait: Int64) throws {
        let number = try #require((10..<40).first { Self.rank(of: $0) == rank })
        var cluster = Self.pair()
        cluster.run(milliseconds: 150)
        try Self.say(&cluster, number: 0)
        cluster.send(.addressesChanged([Self.facts(number)], removed: []), to: 0)
        var waited: Int64 = 0
        while waited < 300, cluster.owners(number) != [0] {
            cluster.run(milliseconds: 1)
            waited += 1
            if waited % 20 == 0 { try Self.say(&cluster, number: UInt64(waited)) }
        }
        #expect(waited == wait)
    }

    /// Two nodes with two addresses each, of which n0 does not hear n1.
    private static func pair() -> Cluster {
        var cluster = Cluster(count: 2, addresses: 4)
        cluster.start()
        cluster.cut = [[1, 0]]
        return cluster
    }

    private static func rank(of number: Int) -> Int {
        var control = pair()
        control.send(.addressesChanged([facts(number)], removed: []), to: 0)
        control.run(milliseconds: 5)
        return control.owners(number) == [0] ? 0 : 1
    }

    /// What n1 says arrives once more.
    private static func say(_ cluster: inout Cluster, number: UInt64) throws {
        var hello = try #require(cluster.lastHello[1])
        hello.sequence += 1_000 + number
        cluster.send(.helloReceived(hello, link: 2, source: Cluster.own(1)), to: 0)
    }

    private static func facts(_ number: Int) -> AddressFacts {
        AddressFacts(Cluster.address(number), eligibility: .nodes(["n0", "n1"]))
    }
}
