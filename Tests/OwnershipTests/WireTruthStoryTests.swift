import Addressing
import Testing
import Timing
import Wire

@testable import Ownership

/// Nodes on one segment that ask the wire for each other's addresses, once in 5 s.
@Suite struct WireTruthStoryTests {
    private static func cluster(_ count: Int, addresses: Int) -> Cluster {
        var cluster = Cluster(count: count, addresses: addresses, wireTruth: .seconds(5))
        cluster.start()
        cluster.run(milliseconds: 5_000)
        cluster.forget()
        return cluster
    }

    private static func alarms(_ cluster: Cluster, _ node: Int) -> [WireAlarm?] {
        cluster.nodes[node].reports.compactMap { report -> WireAlarm?? in
            guard case .wireAlarm(_, let alarm) = report else { return nil }
            return .some(alarm)
        }
    }

    private static func epoch(_ cluster: Cluster, _ node: Int, _ number: Int) throws -> UInt32 {
        let claims = try #require(cluster.lastHello[node]?.claims)
        return try #require(claims.first { $0.address == Cluster.address(number) }).epoch
    }

    private static func moves(_ cluster: Cluster) -> Int { cluster.answering.count }

    @Test func eachAddressIsAskedForAboutOnceARoundByOneThatDoesNotOwnIt() {
        var cluster = Self.cluster(3, addresses: 6)
        let owners = (0..<6).map { cluster.owners($0) }
        cluster.run(milliseconds: 100_000)
        for number in 0..<6 {
            let asked = cluster.questions.filter { $0.address == Cluster.address(number) }
            #expect((16...24).contains(asked.count), "20 rounds, \(asked.count) questions")
            #expect(asked.allSatisfy { [$0.node] != owners[number] })
            #expect(Set(asked.map(\.node)).count == 2, "by turns")
        }
        let reports = cluster.nodes.indices.flatMap { Self.alarms(cluster, $0) }
        #expect(reports.isEmpty)
        #expect(Self.moves(cluster) == 0)
    }

    @Test(arguments: [false, true])
    func anOwnerThatOthersCannotHearHandsOver(_ inwards: Bool) throws {
        var cluster = Self.cluster(3, addresses: 3)
        #expect(cluster.counts == [1, 1, 1])
        let number = try #require((0..<3).first { cluster.owners($0) == [0] })
        let former = try Self.epoch(cluster, 0, number)
        cluster.gag(0, inwards: inwards)
        cluster.run(milliseconds: 15_000)
        #expect(cluster.counts[0] == 0)
        #expect(cluster.firstWithoutOneOwner == nil)
        #expect(Self.moves(cluster) == 2, "nothing else moved")
        let taker = try #require(cluster.owners(number).first)
        #expect(try Self.epoch(cluster, taker, number) > former)
        // Everybody says so, and it ends with the hand-over.
        #expect(Self.alarms(cluster, 0).contains(.unheard(["n1", "n2"])))
        #expect(Self.alarms(cluster, 1).first == .some(.nobodyAnswered))
        #expect(Self.alarms(cluster, 2).first == .some(.nobodyAnswered))
        for node in 0..<3 { #expect(Self.alarms(cluster, node).last == .some(nil)) }
        #expect(cluster.nodes[0].reports.contains(.unheard(true)))
    }

    @Test func itGetsNothingBackForAWhile() {
        var cluster = Self.cluster(3, addresses: 3)
        cluster.gag(0)
        cluster.run(milliseconds: 15_000)
        cluster.gag(0, false)
        #expect(cluster.lastHello[0]?.flags.contains(.unheard) == true)
        cluster.kill(1)
        cluster.run(milliseconds: 1_000)
        #expect(cluster.counts == [0, 0, 3], "whoever was heard has all")
        cluster.run(milliseconds: 50_000)
        #expect(cluster.lastHello[0]?.flags.contains(.unheard) == false)
        #expect(cluster.nodes[0].reports.contains(.unheard(false)))
        cluster.kill(2)
        cluster.run(milliseconds: 2_000)
        #expect(cluster.counts == [3, 0, 0], "it is a candidate again")
    }

    /// The wire between all of them and whoever asks is at fault, not an owner.
    @Test func noAddressIsPassedAround() {
        var cluster = Self.cluster(4, addresses: 4)
        #expect(cluster.counts == [1, 1, 1, 1])
        // Nobody hears any answer but the gateway's.
        for one in 0..<4 {
            for other in 0..<4 where other != one { cluster.frameCut.insert([one, other]) }
        }
        cluster.run(milliseconds: 120_000)
        #expect(cluster.firstWithoutOneOwner == nil)
        let begun = cluster.answering.filter { $0.contains("+") }.count
        #expect(begun <= 4 * 3, "\(begun) moves of 4 addresses in 24 rounds")
    }

    @Test func oneAloneTakesNothingFromAnother() {
        var cluster = Self.cluster(2, addresses: 2)
        cluster.gag(0)
        cluster.run(milliseconds: 20_000)
        #expect(cluster.counts == [1, 1])
        #expect(Self.alarms(cluster, 1) == [.nobodyAnswered])
        #expect(Self.alarms(cluster, 0) == [.unheard(["n1"])])
        cluster.gag(0, false)
        cluster.run(milliseconds: 15_000)
        #expect(Self.alarms(cluster, 1).last == .some(nil))
        #expect(Self.alarms(cluster, 0).last == .some(nil))
    }

    /// Who can not ask any more knows nothing: it says no longer that nobody answers.
    @Test func aFindingEndsWithTheLinkOfWhoeverFoundIt() {
        var cluster = Self.cluster(2, addresses: 2)
        cluster.gag(0)
        cluster.run(milliseconds: 20_000)
        #expect(Self.alarms(cluster, 1) == [.nobodyAnswered])
        cluster.setLink(1, running: false)
        cluster.run(milliseconds: 11_000)
        #expect(Self.alarms(cluster, 1).last == .some(nil))
        #expect(cluster.nodes[1].ownership.findings.own.isEmpty)
    }

    /// Two of five do not hear the others' answers: their own wire is at fault.
    @Test func whoeverHearsAnOwnerOutvotesThoseThatDoNot() {
        var cluster = Self.cluster(5, addresses: 5)
        // n0 and n1 hear the gateway and each other, and nobody else.
        for deaf in 0..<2 { for other in 2..<5 { cluster.frameCut.insert([other, deaf]) } }
        let owners = (0..<5).map { cluster.owners($0) }
        cluster.run(milliseconds: 60_000)
        for number in 0..<5 where owners[number].allSatisfy({ $0 >= 2 }) {
            #expect(cluster.owners(number) == owners[number], "two against two are not enough")
        }
        let found = (0..<2).flatMap { Self.alarms(cluster, $0) }
        #expect(found.contains(.nobodyAnswered), "they say so all the same")
    }

    /// Its answers go to whoever asks: the owner never hears of it.
    @Test func aStrangerBesideTheOwnerIsToldFromTheNodes() throws {
        var cluster = Self.cluster(3, addresses: 3)
        let number = try #require((0..<3).first { cluster.owners($0) == [0] })
        cluster.foreignAddress = Cluster.address(number)
        cluster.run(milliseconds: 30_000)
        let expected = WireAlarm.severalAnswered(
            nodes: [Cluster.mac(0)], foreign: [Scene.foreignMAC])
        let told = (1...2).flatMap { Self.alarms(cluster, $0) }.compactMap { $0 }
        #expect(told.contains(expected) && told.allSatisfy { $0 == expected })
        #expect(Self.alarms(cluster, 0).isEmpty)
        #expect(cluster.owners(number) == [0])
    }

    @Test func withoutAnyAnswerNobodyIsAccused() {
        var cluster = Self.cluster(3, addresses: 3)
        cluster.hasGateway = false
        cluster.gag(0, inwards: true)
        cluster.run(milliseconds: 30_000)
        #expect(Self.alarms(cluster, 0).allSatisfy { $0 != .nobodyAnswered })
        #expect(cluster.counts.dropFirst().allSatisfy { $0 >= 1 })
    }
}
