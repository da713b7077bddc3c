import Addressing
import Testing
import Timing
import Wire

@testable import Ownership

/// Orders of events that few seeds in a thousand bring about, each with the rule that it needs.
@Suite struct RareOrderTests {
    /// A node that starts cut off from all others must lose to them when it hears them.
    @Test func whoHasMetNobodyClaimsWeakly() {
        var cluster = Cluster(count: 3, addresses: 3)
        cluster.isolate(0)
        cluster.start()
        #expect(cluster.lastHello[0]?.claims.count == 3)
        #expect(cluster.lastHello[0]?.claims.allSatisfy { !$0.isStrong && $0.epoch == 0 } == true)
        #expect(cluster.lastHello[1]?.claims.allSatisfy(\.isStrong) == true)
        let before = (0..<3).map { cluster.owners($0).filter { $0 != 0 } }
        cluster.isolate(0, false)
        cluster.run(milliseconds: 1_000)
        #expect((0..<3).map { cluster.owners($0) } == before, "no healthy address moved")
    }

    /// Whoever starts first claims weakly; a node that is cut off later must not tie with it.
    @Test func aWeakClaimBecomesStrongWhenTheOthersAreMet() {
        var cluster = Cluster(count: 3, addresses: 8)
        cluster.boot(0)
        cluster.run(milliseconds: 1_000)
        #expect(cluster.lastHello[0]?.claims.allSatisfy(\.isStrong) == false)
        cluster.boot(1)
        cluster.boot(2)
        cluster.run(milliseconds: 2_000)
        #expect(cluster.lastHello[0]?.claims.allSatisfy { $0.isStrong && $0.epoch == 1 } == true)
        cluster.isolate(2)
        cluster.run(milliseconds: 2_000)
        #expect(cluster.counts == [8, 0, 8])
        cluster.isolate(2, false)
        cluster.run(milliseconds: 2_000)
        #expect(cluster.counts == [8, 0, 0])
    }

    /// However long it is cut off: those it met still count.
    @Test func aNodeCutOffForMinutesStaysWeak() {
        var cluster = Cluster(count: 3, addresses: 3)
        cluster.start()
        cluster.isolate(2)
        cluster.run(milliseconds: 70_000)
        #expect(cluster.counts[0] + cluster.counts[1] == 3 && cluster.counts[2] == 3)
        cluster.isolate(2, false)
        cluster.run(milliseconds: 2_000)
        #expect(cluster.firstWithoutOneOwner == nil)
        #expect(cluster.counts[2] == 0)
    }

    /// It never heard those on the other side; its peers tell it that they are there.
    @Test func whoStartsBeyondACutClaimsWeakly() {
        var cluster = Cluster(count: 5, addresses: 5)
        cluster.start()
        for inside in 0...1 {
            for outside in 2...4 {
                cluster.cut.formUnion([[inside, outside], [outside, inside]])
            }
        }
        cluster.run(milliseconds: 500)
        cluster.kill(1)
        cluster.run(milliseconds: 500)
        cluster.restart(1, incarnation: 2)
        cluster.run(milliseconds: 1_000)
        let names = (0..<5).map { Cluster.name($0) }
        let added = AddressFacts(Cluster.address(9), eligibility: .nodes(names))
        for node in 0...1 { cluster.send(.addressesChanged([added], removed: []), to: node) }
        cluster.run(milliseconds: 200)
        #expect(cluster.owners(9) == [1])
        let claim = cluster.lastHello[1]?.claims.first { $0.address == Cluster.address(9) }
        #expect(claim?.isStrong == false)
    }

    /// It was down for long enough that others took over, and is looked at when it is up again.
    @Test func aLinkThatWasDownUnseenListensBeforeItAnswers() {
        var cluster = Cluster(count: 3, addresses: 6)
        cluster.start()
        cluster.isolate(0)
        cluster.run(milliseconds: 600)
        #expect(!cluster.nodes[0].answers.isEmpty, "alone, it keeps what it has")
        cluster.isolate(0, false)
        cluster.flapLink(0)
        #expect(cluster.nodes[0].answers.isEmpty)
        cluster.forget()
        cluster.run(milliseconds: 1_000)
        #expect(!cluster.answering.contains { $0.contains("n0 +") })
        #expect(cluster.firstWithoutOneOwner == nil)
    }

    /// A cut that was mended just before the verdict: those on the other side speak again one after
    /// another.
    @Test func whoeverIsHeardAfterALongSilenceHoldsClaimsBack() {
        for (silence, holds) in [(40, false), (200, true)] as [(Int64, Bool)] {
            var cluster = Cluster(count: 3, addresses: 3)
            cluster.start()
            cluster.isolate(2)
            cluster.run(milliseconds: silence)
            cluster.isolate(2, false)
            cluster.run(milliseconds: 51)
            let until = cluster.nodes[0].ownership.segments[0].holdsUntil
            #expect((until.map { $0 > cluster.now } ?? false) == holds, "silent for \(silence) ms")
            #expect(cluster.nodes[0].ownership.memberStatuses().allSatisfy { $0.state == .alive })
        }
    }

    /// A giver whose hellos do not reach its successor learns of it by the announcement.
    @Test func whoGivesAwayStopsWhenAnotherNodeAnnounces() throws {
        for gives in [false, true] {
            var cluster = Cluster(count: 2, addresses: 2)
            cluster.start()
            cluster.helloCut = [[0, 1], [1, 0]]
            if gives { cluster.send(.ownNodePresent(false), to: 0) }
            let number = try #require((0..<2).first { cluster.owners($0) == [0] })
            cluster.send(
                .frameReceived(
                    NeighborFrame(
                        link: 2, source: Cluster.mac(1), senderAddress: Cluster.address(number),
                        senderLinkAddress: Cluster.mac(1), targetAddress: Cluster.address(number),
                        isRequest: true)), to: 0)
            #expect(cluster.owners(number) == [0], "for requests in flight")
            cluster.run(milliseconds: 3)
            #expect(cluster.owners(number) == (gives ? [] : [0]))
        }
    }

    /// Of two claims of one epoch the offered one loses, weak or strong, whatever the names.
    @Test func offeredLosesToKept() {
        for isStrong in [false, true] {
            var offered = ClaimRank(epoch: 1, isStrong: true, rendezvous: 9)
            offered.isOffered = true
            let kept = ClaimRank(epoch: 1, isStrong: isStrong, rendezvous: 0)
            #expect(kept > offered && offered < kept)
            let later = ClaimRank(epoch: 2, isStrong: false, rendezvous: 0)
            #expect(later > offered)
        }
    }

    /// Where there are peers a free address is claimed 2 ms later, for the claim may be in the next
    /// hello that waits, and answered for 2 ms after that.
    @Test func aClaimWaitsForTheNextHello() {
        var cluster = Cluster(count: 2, addresses: 1)
        cluster.start()
        let fresh = AddressFacts(Cluster.address(9), eligibility: .nodes(["n0"]))
        cluster.send(.addressesChanged([fresh], removed: []), to: 0)
        cluster.run(milliseconds: 1)
        #expect(cluster.claimants(of: 9) == [])
        cluster.run(milliseconds: 1)
        #expect(cluster.claimants(of: 9) == [0])
        #expect(cluster.owners(9) == [])
        cluster.run(milliseconds: 2)
        #expect(cluster.owners(9) == [0])
    }

    /// Each is told that it alone may hold the address: both claim, and the one that loses is
    /// neither heard to answer nor to announce.
    @Test func ofTwoThatClaimAtOnceOneNeverAnswers() throws {
        var cluster = Cluster(count: 2, addresses: 1)
        cluster.start()
        for node in 0...1 {
            let facts = AddressFacts(
                Cluster.address(9), eligibility: .nodes([Cluster.name(node)]))
            cluster.send(.addressesChanged([facts], removed: []), to: node)
        }
        cluster.run(milliseconds: 2)
        #expect(cluster.claimants(of: 9) == [0, 1])
        cluster.run(milliseconds: 100)
        let winner = try #require(cluster.claimants(of: 9).first)
        #expect(cluster.claimants(of: 9) == [winner])
        let text = "\(Cluster.address(9))"
        let answering = cluster.answering.filter { $0.hasSuffix(text) }
        #expect(answering.count == 1)
        #expect(answering.first?.contains("n\(winner) +") ?? false)
        let announcers = cluster.announced.filter { $0.address == Cluster.address(9) }
        #expect(Set(announcers.map(\.node)) == [winner])
    }

    /// What it no longer answered for when it was given away needs no linger: others have had it
    /// for long.
    @Test func whoLeavesAfterAPauseAnswersForNothingAgain() {
        var cluster = Cluster(count: 3, addresses: 6)
        cluster.start()
        cluster.pause(0)
        cluster.send(.leaveRequested, to: 0)
        cluster.run(milliseconds: 1_000)
        cluster.forget()
        cluster.wake(0)
        cluster.run(milliseconds: 50)
        #expect(!cluster.answering.contains { $0.contains("n0 +") }, "\(cluster.answering)")
        #expect(cluster.nodes[0].hasFinished)
        #expect(cluster.firstWithoutOneOwner == nil)
    }

    /// A deletion ends the linger of a hand-over at once.
    @Test func whatIsDeletedIsNotLingeredFor() throws {
        var cluster = Cluster(count: 2, addresses: 2)
        cluster.start()
        let number = try #require((0..<2).first { cluster.owners($0) == [0] })
        cluster.send(.drainChanged(true), to: 0)
        for _ in 0..<20 where cluster.owners(number) != [0, 1] { cluster.run(milliseconds: 1) }
        #expect(cluster.owners(number) == [0, 1])
        cluster.send(.addressesChanged([], removed: [Cluster.address(number)]), to: 0)
        #expect(cluster.owners(number) == [1])
    }

    /// The last known state may lack a peer; while it is all there is, every neighbour is heard.
    @Test func aStaleViewHearsPeersThatItLacks() {
        var cluster = Cluster(count: 2, addresses: 4)
        cluster.start()
        cluster.kill(1)
        cluster.run(milliseconds: 1_000)
        cluster.deaf = [0]
        cluster.run(milliseconds: 500)
        cluster.restartUntold(1, incarnation: 2)
        cluster.send(.peersChanged([]), to: 1)
        cluster.send(.viewLoaded(cluster.facts, isFresh: false), to: 1)
        let node = cluster.nodes[1].ownership
        #expect(node.acceptsHello(from: Cluster.own(0), on: 2))
        #expect(!node.acceptsHello(from: Cluster.own(1), on: 2), "not even our own address")
        #expect(
            !node.acceptsHello(from: .ipv4(IPv4Address(198, 51, 100, 1)), on: 2), "no neighbour")
        cluster.run(milliseconds: 2_000)
        #expect(cluster.counts == [4, 0], "it waits for the peer's answer")
        cluster.deaf = []
        cluster.run(milliseconds: 1_000)
        #expect(cluster.counts == [4, 0])
        cluster.send(.viewBecameFresh, to: 1)
        #expect(cluster.nodes[1].ownership.acceptsHello(from: Cluster.own(0), on: 2), "it is heard")
    }

    /// A Node object that was deleted leaves its daemon serving until its own watch says so: a node
    /// that starts meanwhile, with a fresh view, hears it all the same.
    @Test(arguments: [("by nobody else", 2), ("by a peer that knows it", 3)])
    func aServingNodeThatTheViewLacksIsHeard(_ heard: String, _ count: Int) {
        var cluster = Cluster(count: count, addresses: 6)
        cluster.start()
        cluster.kill(0)
        cluster.run(milliseconds: 1_000)
        cluster.restartUntold(0, incarnation: 2)
        let known = (2..<count).map {
            PeerNode(Cluster.name($0), addresses: [Cluster.own($0)])
        }
        cluster.send(.peersChanged(known), to: 0)
        cluster.send(.viewLoaded(cluster.facts, isFresh: true), to: 0)
        for _ in 0..<2_000 {
            #expect(cluster.firstWithoutOneOwner == nil)
            cluster.run(milliseconds: 1)
        }
        #expect(cluster.counts[0] == 0, "the others have them all")
        #expect(cluster.nodes[0].ownership.acceptsHello(from: Cluster.own(1), on: 2))
    }

    /// A node that restarted beyond a cut is the first to be heard when the cut is mended: with it
    /// most are heard, and nothing is known yet of what the others there claim.
    @Test func aWeakClaimWaitsForAllThatMayComeBack() {
        var cluster = Cluster(count: 5, addresses: 20)
        cluster.start()
        let lost = (0..<20).filter { cluster.owners($0) == [4] }
        cluster.kill(4)
        cluster.run(milliseconds: 30)
        let cut = [1, 2].flatMap { near in [0, 3, 4].flatMap { [[near, $0], [$0, near]] } }
        cluster.cut = Set(cut)
        cluster.run(milliseconds: 1_000)
        cluster.restart(4, incarnation: 2)
        cluster.run(milliseconds: 2_000)
        let before = lost.map { cluster.owners($0).filter { $0 != 1 && $0 != 2 } }
        let addresses = Set(lost.map { Cluster.address($0) })
        #expect(strengths(cluster, addresses).count == lost.count)
        cluster.cut = cluster.cut.filter { !$0.contains(4) }
        for _ in 0..<60 {
            #expect(!strengths(cluster, addresses).contains(true))
            cluster.run(milliseconds: 1)
        }
        cluster.cut = []
        cluster.run(milliseconds: 1_000)
        #expect(lost.map { cluster.owners($0) } == before)
        #expect(cluster.firstWithoutOneOwner == nil)
    }

    /// Whether each claim of the second and third node to these addresses is strong.
    private func strengths(_ cluster: Cluster, _ addresses: Set<IPAddress>) -> [Bool] {
        [1, 2].flatMap { cluster.lastHello[$0]?.claims ?? [] }
            .filter { addresses.contains($0.address) }.map(\.isStrong)
    }
}
