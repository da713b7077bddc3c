import Addressing
import Testing
import Timing
import Wire

@testable import Ownership

/// Several nodes on one segment, one trouble at a time.
@Suite struct ClusterTests {
    @Test(arguments: [2, 3, 5, 9])
    func aColdStartSpreadsEvenly(count: Int) {
        var cluster = Cluster(count: count, addresses: 4 * count)
        cluster.start()
        #expect(cluster.firstWithoutOneOwner == nil)
        #expect(cluster.counts == [Int](repeating: 4, count: count))
        #expect(!cluster.answering.contains { $0.contains("-") }, "no claim was ever taken back")
    }

    @Test(
        arguments: [
            (2, HelloProfile.normal, 270), (3, .normal, 270), (5, .normal, 270), (2, .fast, 110),
            (3, .fast, 110), (5, .fast, 110),
        ] as [(Int, HelloProfile, Int64)])
    func aDeathIsSurvivedWithinTheDetectionTime(
        count: Int, profile: HelloProfile, limit: Int64
    ) {
        var cluster = Cluster(count: count, addresses: 6, profile: profile)
        cluster.start()
        cluster.forget()
        let died = cluster.milliseconds
        let healthy = (0..<6).filter { cluster.owners($0) != [0] }
        let before = healthy.map { cluster.owners($0) }
        cluster.kill(0)
        cluster.run(milliseconds: 1_000)
        #expect(cluster.firstWithoutOneOwner == nil)
        #expect(healthy.map { cluster.owners($0) } == before, "no healthy address moved")
        let last = cluster.announced.filter { $0.node != 0 }.map { $0.milliseconds - died }.min()
        #expect((last ?? .max) <= limit, "\(last ?? -1) ms")
    }

    @Test func twoDeathsAtOnceLeaveTheThirdServing() {
        var cluster = Cluster(count: 3, addresses: 6)
        cluster.start()
        cluster.kill(0)
        cluster.run(milliseconds: 20)
        cluster.kill(1)
        cluster.run(milliseconds: 400)
        #expect(cluster.counts == [0, 0, 6])
    }

    @Test func aReturningNodeTakesNothingBack() {
        var cluster = Cluster(count: 3, addresses: 6)
        cluster.start()
        cluster.kill(0)
        cluster.run(milliseconds: 1_000)
        cluster.forget()
        cluster.restart(0, incarnation: 2)
        cluster.run(milliseconds: 3_000)
        #expect(cluster.counts == [0, 3, 3])
        #expect(cluster.answering == [])
    }

    @Test func aRestartInsideTheDetectionTimeLeavesNothingDark() {
        var cluster = Cluster(count: 3, addresses: 6)
        cluster.start()
        cluster.kill(0)
        cluster.run(milliseconds: 100)
        cluster.restart(0, incarnation: 2)
        cluster.run(milliseconds: 1_000)
        #expect(cluster.firstWithoutOneOwner == nil)
    }

    @Test func aHealedPartitionMovesNoHealthyAddress() {
        for lone in 0..<3 {
            var cluster = Cluster(count: 3, addresses: 9)
            cluster.start()
            let before = (0..<9).map { cluster.owners($0) }
            cluster.isolate(lone)
            cluster.run(milliseconds: 1_000)
            #expect(cluster.counts[lone] == 9, "the lone side serves too")
            cluster.isolate(lone, false)
            cluster.run(milliseconds: 100)
            #expect(cluster.firstWithoutOneOwner == nil)
            for address in 0..<9 where before[address] != [lone] {
                #expect(cluster.owners(address) == before[address])
            }
        }
    }

    @Test func afterAPartitionTheFinalOwnerAnnouncedLast() {
        var cluster = Cluster(count: 2, addresses: 4)
        cluster.start()
        cluster.isolate(0)
        cluster.run(milliseconds: 1_000)
        cluster.isolate(0, false)
        cluster.run(milliseconds: 120)
        for address in 0..<4 {
            let last = cluster.announced.last { $0.address == Cluster.address(address) }
            #expect([last?.node] == cluster.owners(address))
        }
    }

    @Test func aDrainHandsOverWithoutAGap() {
        var cluster = Cluster(count: 3, addresses: 6)
        cluster.start()
        cluster.forget()
        cluster.send(.drainChanged(true), to: 1)
        let given = (0..<6).filter { cluster.owners($0).contains(1) }
        for _ in 0..<100 {
            cluster.run(milliseconds: 1)
            for address in 0..<6 { #expect(!cluster.owners(address).isEmpty) }
        }
        #expect(cluster.counts == [3, 0, 3])
        for address in given {
            let began = cluster.answering.first { $0.contains("+\(Cluster.address(address))") }
            let ended = cluster.answering.first { $0.contains("n1 -\(Cluster.address(address))") }
            let overlap = milliseconds(ended) - milliseconds(began)
            #expect((3...4).contains(overlap), "both answer for \(overlap) ms")
        }
        cluster.forget()
        cluster.send(.drainChanged(false), to: 1)
        cluster.run(milliseconds: 2_000)
        #expect(cluster.answering == [], "an undrained node takes nothing back")
    }

    private func milliseconds(_ line: String?) -> Int64 {
        line?.split(separator: " ").first.flatMap { Int64($0) } ?? -1
    }

    @Test func aStopHandsOverThenSaysGoodbye() {
        var cluster = Cluster(count: 3, addresses: 6)
        cluster.start()
        cluster.forget()
        cluster.send(.leaveRequested, to: 2)
        cluster.run(milliseconds: 20)
        #expect(cluster.nodes[2].hasFinished)
        #expect(cluster.counts == [3, 3, 0])
        cluster.run(milliseconds: 1_000)
        let dead = cluster.nodes[0].reports.contains { report in
            if case .memberChanged(let member) = report { member.state == .dead } else { false }
        }
        #expect(!dead, "who said goodbye is not called dead")
    }

    @Test func drainWithTheSuccessorDyingInTheMiddle() {
        var cluster = Cluster(count: 3, addresses: 6)
        cluster.start()
        cluster.send(.drainChanged(true), to: 1)
        cluster.run(milliseconds: 2)
        cluster.kill(0)
        cluster.run(milliseconds: 1_500)
        #expect(cluster.counts == [0, 0, 6])
    }

    @Test func aNodeThatCanHoldNothingIsNoCandidate() throws {
        var cluster = Cluster(count: 3, addresses: 6)
        cluster.facts = cluster.facts.map {
            AddressFacts($0.address, eligibility: .nodes(["n0", "n2"]))
        }
        cluster.start()
        #expect(cluster.counts == [3, 0, 3])
    }

    @Test func preferredNodesWinButTakeNothingBack() {
        var cluster = Cluster(count: 3, addresses: 4)
        for index in cluster.facts.indices { cluster.facts[index].preferences = ["n1": 50] }
        cluster.start()
        #expect(cluster.counts == [0, 4, 0])
        cluster.kill(1)
        cluster.run(milliseconds: 1_000)
        #expect(cluster.counts == [2, 0, 2])
        cluster.restart(1, incarnation: 2)
        cluster.run(milliseconds: 2_000)
        #expect(cluster.counts == [2, 0, 2])
    }

    @Test func rebalanceEvensOutOneByOne() {
        var cluster = Cluster(count: 3, addresses: 9)
        cluster.start()
        cluster.kill(2)
        cluster.run(milliseconds: 1_000)
        cluster.restart(2, incarnation: 2)
        cluster.run(milliseconds: 2_000)
        #expect(cluster.counts[2] == 0)
        cluster.forget()
        cluster.send(.rebalanceRequested, to: 0)
        cluster.run(milliseconds: 4_000)
        #expect(cluster.counts == [3, 3, 3])
        #expect(cluster.answering.count == 6, "three moves and no more: \(cluster.answering)")
    }

    /// Whoever starts first takes all; evened out by themselves, one address in 20 periods.
    @Test func rebalanceAutoEvensOutAStaggeredStart() {
        for (isAuto, counts) in [(false, [6, 0, 0]), (true, [2, 2, 2])] {
            var cluster = Cluster(count: 3, addresses: 6, rebalancesByItself: isAuto)
            for number in 0..<3 {
                cluster.boot(number)
                cluster.run(milliseconds: 1_000)
            }
            cluster.run(milliseconds: 8_000)
            #expect(cluster.counts == counts)
            #expect(cluster.firstWithoutOneOwner == nil)
            cluster.forget()
            cluster.run(milliseconds: 10_000)
            #expect(cluster.answering == [], "even is even")
        }
    }

    @Test func moreAddressesThanFitInOneHello() {
        var cluster = Cluster(count: 3, addresses: 300)
        cluster.start(settle: 2_000)
        #expect(cluster.firstWithoutOneOwner == nil)
        #expect(cluster.counts.allSatisfy { (100...100).contains($0) })
        #expect(cluster.helloBytesMax <= HelloLayout.datagramBytesMax)
        cluster.kill(1)
        cluster.run(milliseconds: 400)
        #expect(cluster.firstWithoutOneOwner == nil)
        #expect(cluster.counts.allSatisfy { $0 == 0 || $0 == 150 })
        cluster.restart(1, incarnation: 2)
        cluster.forget()
        cluster.run(milliseconds: 3_000)
        #expect(cluster.answering == [], "the joiner hears of every claim before it may claim")
    }
}
