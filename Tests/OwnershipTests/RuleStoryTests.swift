import Addressing
import Testing
import Timing
import Wire

@testable import Ownership

/// One story for each rule that needs a trouble of its own to show.
@Suite struct RuleStoryTests {
    private func started(_ count: Int, _ addresses: Int = 6) -> Cluster {
        var cluster = Cluster(count: count, addresses: addresses)
        cluster.start()
        cluster.forget()
        return cluster
    }

    private func removal(_ address: Int) -> OwnershipEvent {
        .addressesChanged([], removed: [Cluster.address(address)])
    }

    private func addresses(of node: Int, in cluster: Cluster) -> [Int] {
        cluster.facts.indices.filter { cluster.owners($0).contains(node) }
    }

    // Rule 1.

    @Test func aNodeWithoutItsNodeObjectGivesEverythingAway() {
        var cluster = started(3)
        cluster.send(.ownNodePresent(false), to: 1)
        cluster.run(milliseconds: 20)
        #expect(cluster.counts == [3, 0, 3])
        #expect(cluster.nodes[1].reports.contains(.ownNodeMissing(true)))
        cluster.send(.ownNodePresent(true), to: 1)
        #expect(cluster.nodes[1].reports.contains(.ownNodeMissing(false)))
    }

    // Rule 2.

    @Test func aLostCounterIsPutRightByThePeers() {
        var cluster = Cluster(count: 3, addresses: 6)
        cluster.start()
        cluster.kill(0)
        cluster.run(milliseconds: 100)
        cluster.restart(0, incarnation: 7)
        cluster.run(milliseconds: 1_000)
        cluster.kill(0)
        cluster.run(milliseconds: 100)
        cluster.restart(0, incarnation: 1)
        cluster.run(milliseconds: 2_000)
        #expect(cluster.saved == [8])
        #expect(cluster.lastHello[0]?.incarnation == 8)
        #expect(cluster.firstWithoutOneOwner == nil)
        #expect(!cluster.nodes[0].reports.contains(.duplicateName(true)))
    }

    @Test func threeCorrectionsInAMinuteAreADuplicateName() throws {
        var cluster = started(2, 4)
        #expect(!addresses(of: 0, in: cluster).isEmpty)
        for _ in 0..<3 {
            var namesake = try #require(cluster.lastHello[0])
            namesake.incarnation = (cluster.saved.last ?? 1) + 1
            namesake.linkAddress = LinkAddress(bits: 0x02_0000_0000_77)
            cluster.send(
                .helloReceived(namesake, link: 2, source: .ipv4(IPv4Address(192, 0, 2, 77))), to: 0)
            cluster.run(milliseconds: 10)
        }
        #expect(cluster.nodes[0].reports.contains(.duplicateName(true)))
        cluster.run(milliseconds: 1_000)
        #expect(cluster.counts == [0, 4])
        cluster.run(milliseconds: 60_000)
        cluster.kill(1)
        cluster.run(milliseconds: 1_000)
        #expect(cluster.counts == [4, 0], "after a quiet minute it is a candidate again")
    }

    @Test func replaysAreRefusedAndCounted() throws {
        var cluster = started(2)
        let old = try #require(cluster.lastHello[1])
        cluster.run(milliseconds: 100)
        cluster.send(.helloReceived(old, link: 2, source: Cluster.own(1)), to: 0)
        #expect(cluster.nodes[0].ownership.refusals == [.replayed: 1])
        var former = old
        former.incarnation = 0
        former.sequence = .max
        cluster.send(.helloReceived(former, link: 2, source: Cluster.own(1)), to: 0)
        #expect(cluster.nodes[0].ownership.refusals == [.replayed: 2])
    }

    @Test func aDeadPeersRecordedHellosDoNotBlockARestartedNode() throws {
        var cluster = Cluster(count: 2, addresses: 4)
        cluster.start()
        let recorded = try #require(cluster.lastHello[1])
        cluster.kill(1)
        cluster.kill(0)
        cluster.run(milliseconds: 1_000)
        cluster.restart(0, incarnation: 2)
        for step in 0..<80 {
            var replay = recorded
            replay.sequence += UInt64(step)
            cluster.send(.helloReceived(replay, link: 2, source: Cluster.own(1)), to: 0)
            cluster.run(milliseconds: 50)
        }
        #expect(cluster.counts == [4, 0])
    }

    // Rule 3.

    @Test func aLateLoopAccusesNobody() {
        var cluster = started(3)
        cluster.pause(0)
        cluster.run(milliseconds: 120)
        cluster.wake(0)
        let isLate = cluster.nodes[0].reports.contains { report in
            if case .ranLate = report { true } else { false }
        }
        #expect(isLate)
        cluster.run(milliseconds: 1_000)
        #expect(cluster.lastHello[0]?.flags.contains(.late) == false)
        #expect(cluster.answering == [], "120 ms are no reason to stop or to move")
    }

    @Test func aNodeThatOneLostHearsIsNotCalledDead() {
        var cluster = started(3)
        cluster.cut = [[0, 1], [1, 0]]
        cluster.run(milliseconds: 3_000)
        #expect(cluster.answering == [], "the third hears both: two of three do not agree")
    }

    // Rule 4.

    @Test func aDeafNodeTakesNothingAndLosesWhatItHas() {
        var cluster = started(2, 6)
        cluster.deaf = [0]
        cluster.run(milliseconds: 3_000)
        #expect(cluster.counts[1] == 6, "the healthy node serves all")
        #expect(!cluster.answering.contains { $0.contains("n0 +") }, "the deaf one takes nothing")
        #expect(cluster.nodes[0].reports.contains(.deafChanged(link: 2, isDeaf: true)))
        cluster.deaf = []
        cluster.run(milliseconds: 200)
        #expect(cluster.counts == [0, 6])
        #expect(cluster.nodes[0].reports.contains(.deafChanged(link: 2, isDeaf: false)))
    }

    @Test func aBlockedHelloPortDoesNotMakeTwoOwners() {
        var cluster = started(2, 6)
        cluster.helloCut = [[0, 1], [1, 0]]
        cluster.run(milliseconds: 3_000)
        #expect(cluster.answering == [], "the wire says that each address has an owner")
        cluster.kill(1)
        cluster.run(milliseconds: 700)
        #expect(cluster.counts == [6, 0], "asked again, nobody answers")
    }

    @Test func aLoneSurvivorWithoutAnyHostInSightKeepsWhatItHas() {
        var cluster = started(2, 6)
        cluster.hasGateway = false
        cluster.kill(1)
        cluster.run(milliseconds: 2_000)
        #expect(cluster.counts == [3, 0], "it cannot know whether it hears at all")
        cluster.hasGateway = true
        cluster.run(milliseconds: 1_500)
        #expect(cluster.counts == [6, 0])
    }

    @Test func aMuteNodeTakesNothing() {
        var cluster = started(3, 6)
        cluster.cut = [[0, 1], [0, 2]]
        cluster.run(milliseconds: 1_000)
        cluster.kill(1)
        cluster.run(milliseconds: 1_000)
        #expect(!cluster.answering.contains { $0.contains("n0 +") })
        #expect(cluster.counts[2] == 6)
        cluster.cut = []
        cluster.run(milliseconds: 500)
        #expect(cluster.counts == [0, 0, 6], "heard again it takes nothing from the healthy")
    }

    // Rule 5 and 10, after a heal.

    @Test func aHealTakesNothingFromOwnersThatAreNotHeardYet() {
        for count in [4, 5] {
            var cluster = started(count, 3 * count)
            let before = cluster.facts.indices.map { cluster.owners($0) }
            cluster.isolate(0)
            cluster.run(milliseconds: 1_500)
            cluster.isolate(0, false)
            cluster.run(milliseconds: 300)
            for address in cluster.facts.indices where before[address] != [0] {
                #expect(cluster.owners(address) == before[address], "\(address)")
            }
        }
    }

    // Rule 6.

    @Test func aWitnessSettlesWhatTheTwoCannotHear() {
        var cluster = started(3, 6)
        cluster.isolate(0)
        cluster.run(milliseconds: 1_000)
        cluster.cut = [[0, 1], [1, 0]]
        cluster.run(milliseconds: 200)
        #expect(cluster.firstWithoutOneOwner == nil, "the third names the winner to both")
    }

    // Rule 7.

    @Test func noCandidateBeforeTheViewIsLoaded() {
        var cluster = Cluster(count: 3, addresses: 6)
        cluster.boot(0, withView: false)
        cluster.boot(1)
        cluster.boot(2)
        cluster.run(milliseconds: 2_000)
        #expect(cluster.counts == [0, 3, 3])
        #expect(cluster.lastHello[0]?.flags == [.starting])
        cluster.send(.viewLoaded(cluster.facts, isFresh: false), to: 0)
        cluster.run(milliseconds: 10)
        #expect(cluster.lastHello[0]?.flags == [.serving, .stale])
    }

    // Rule 8.

    @Test func onlyAFreshViewOverrulesAStaleOwner() throws {
        var cluster = started(3, 3)
        let address = try #require(addresses(of: 0, in: cluster).first)
        let forbidden = AddressFacts(
            Cluster.address(address), eligibility: .nodes(["n1", "n2"]))
        for node in [1, 2] { cluster.send(.addressesChanged([forbidden], removed: []), to: node) }
        cluster.run(milliseconds: 1_000)
        #expect(cluster.owners(address) == [0], "nobody but the owner may judge the owner")
        cluster.send(.viewBecameStale, to: 0)
        cluster.run(milliseconds: 100)
        #expect(cluster.owners(address).count == 1)
        #expect(cluster.owners(address) != [0])
    }

    // Rule 9.

    @Test func aDeletedAddressDoesNotComeBackOnAStaleNode() throws {
        var cluster = started(3, 3)
        let address = try #require(addresses(of: 0, in: cluster).first)
        cluster.send(.viewBecameStale, to: 2)
        cluster.send(removal(address), to: 0)
        cluster.send(removal(address), to: 1)
        cluster.run(milliseconds: 5_000)
        #expect(cluster.owners(address) == [])
    }

    @Test func aFreshNodeThatLearnsLateDoesNotTakeIt() throws {
        var cluster = started(3, 3)
        let address = try #require(addresses(of: 0, in: cluster).first)
        cluster.send(removal(address), to: 0)
        cluster.run(milliseconds: 1_900)
        #expect(cluster.owners(address) == [])
        cluster.send(removal(address), to: 1)
        cluster.send(removal(address), to: 2)
        cluster.run(milliseconds: 5_000)
        #expect(cluster.owners(address) == [])
    }

    @Test func anAddressAddedAnewIsTakenAtOnceThoughGoneIsStillSaid() throws {
        var cluster = started(3, 3)
        let address = try #require(addresses(of: 0, in: cluster).first)
        for node in 0..<3 { cluster.send(removal(address), to: node) }
        cluster.run(milliseconds: 100)
        for node in 0..<3 {
            cluster.send(.addressesChanged([cluster.facts[address]], removed: []), to: node)
        }
        cluster.run(milliseconds: 150)
        #expect(cluster.owners(address).count == 1)
    }

    @Test func aStaleNodesClaimToADeletedAddressIsContradicted() throws {
        var cluster = started(3, 3)
        let address = try #require(addresses(of: 0, in: cluster).first)
        cluster.isolate(0)
        cluster.send(.viewBecameStale, to: 0)
        cluster.send(removal(address), to: 1)
        cluster.send(removal(address), to: 2)
        cluster.run(milliseconds: 3_000)
        #expect(cluster.owners(address) == [0])
        cluster.isolate(0, false)
        cluster.run(milliseconds: 500)
        #expect(cluster.owners(address) == [])
    }

    // Rule 10.

    @Test func aLostClaimIsSaidAgain() {
        var cluster = started(2, 1)
        let owner = cluster.owners(0)[0]
        let other = 1 - owner
        cluster.helloCut = [[other, owner]]
        cluster.send(.drainChanged(true), to: owner)
        cluster.run(milliseconds: 4)
        #expect(cluster.owners(0).count == 2, "the claim was lost")
        cluster.helloCut = []
        cluster.run(milliseconds: 8)
        #expect(
            cluster.owners(0) == [other], "it is said again after 5 ms, and 3 ms later all is done")
    }

    @Test func theSecondCandidateComesWhenTheFirstStaysSilent() {
        var cluster = started(3, 3)
        let fresh = AddressFacts(
            Cluster.address(50), eligibility: .nodes(["n0", "n1", "n2"]))
        cluster.facts.append(fresh)
        cluster.send(.addressesChanged([fresh], removed: []), to: 0)
        cluster.send(.addressesChanged([fresh], removed: []), to: 1)
        cluster.run(milliseconds: 110)
        let answering = cluster.nodes.indices.filter {
            cluster.nodes[$0].answers.contains(Cluster.address(50))
        }
        #expect(answering.count == 1, "whoever would be first may not know of it yet")
    }

    // Rule 11.

    @Test func aPausedOwnerListensBeforeItAnswers() {
        for woken in [false, true] {
            var cluster = started(3, 6)
            cluster.pause(0)
            cluster.run(milliseconds: 1_000)
            cluster.forget()
            cluster.wake(0)
            if woken { cluster.run(milliseconds: 1_000) }
            let taken = (0..<6).filter { cluster.owners($0).contains(where: { $0 != 0 }) }
            #expect(taken.count == 6)
            #expect(!cluster.nodes[0].answers.contains { _ in true } || !woken)
            #expect(!cluster.answering.contains { $0.contains("n0 +") }, "no answer after waking")
        }
    }

    @Test func aLinkThatComesBackListensBeforeItAnswers() {
        var cluster = started(3, 6)
        cluster.isolate(0)
        cluster.setLink(0, running: false)
        cluster.run(milliseconds: 600)
        cluster.isolate(0, false)
        cluster.forget()
        cluster.setLink(0, running: true)
        cluster.run(milliseconds: 1_000)
        #expect(!cluster.answering.contains { $0.contains("n0 +") })
        #expect(cluster.firstWithoutOneOwner == nil)
    }

    // Rule 13, and quiet.

    @Test func nothingButHellosAndRefreshesWhenNothingHappens() {
        var cluster = started(3, 6)
        cluster.run(milliseconds: 5_000)
        cluster.forget()
        cluster.run(milliseconds: 10_000)
        #expect(cluster.hellos == 3 * 2 * 200)
        #expect(cluster.answering == [])
        #expect(cluster.nodes.allSatisfy { $0.reports.isEmpty })
        #expect(cluster.announced.count <= 6)
    }

    @Test func anUnknownSourceIsNotWorthAnHMAC() {
        let cluster = started(3)
        let node = cluster.nodes[0].ownership
        #expect(node.acceptsHello(from: Cluster.own(1), on: 2))
        #expect(!node.acceptsHello(from: Cluster.own(1), on: 3))
        #expect(!node.acceptsHello(from: Cluster.own(0), on: 2), "not even our own address")
        #expect(!node.acceptsHello(from: .ipv4(IPv4Address(192, 0, 2, 77)), on: 2))
    }

    /// Heard by a third all the while, it was never dead: it is alive again, and that is told.
    @Test func aSuspectThatIsHeardAgainIsAlive() {
        var cluster = Cluster(count: 3, addresses: 3)
        cluster.start()
        cluster.helloCut = [[1, 0]]
        cluster.run(milliseconds: 400)
        #expect(Self.toldStates(of: "n1", by: cluster.nodes[0]).last == .suspect)
        cluster.helloCut = []
        cluster.run(milliseconds: 100)
        #expect(Self.toldStates(of: "n1", by: cluster.nodes[0]).last == .alive)
    }

    private static func toldStates(of name: String, by node: Cluster.Node) -> [MemberState] {
        node.reports.compactMap { report in
            guard case .memberChanged(let status) = report, status.node == name else { return nil }
            return status.state
        }
    }
}
