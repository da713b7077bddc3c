import Addressing
import Testing
import Timing
import Wire

@testable import Ownership

/// Cuts that are too young to be noticed when an owner dies, and those between two nodes only.
@Suite struct YoungCutTests {
    /// Some milliseconds before the verdict on a dead owner a node is cut off. It claims what is its
    /// turn, and later what it hears nobody claim; the others do the same.
    @Test(arguments: [5, 7])
    func whoeverWasCutOffBeforeTheVerdictWinsNothing(_ count: Int) {
        var cluster = Cluster(count: count, addresses: 6 * count)
        cluster.start()
        let lost = cluster.facts.indices.filter { cluster.owners($0) == [count - 1] }
        cluster.kill(count - 1)
        cluster.run(milliseconds: 242)
        cluster.isolate(0)
        cluster.run(milliseconds: 1_500)
        #expect(lost.contains { cluster.owners($0).contains(0) })
        let others = lost.map { cluster.owners($0).filter { $0 != 0 } }
        #expect(others.allSatisfy { $0.count == 1 })
        cluster.isolate(0, false)
        cluster.run(milliseconds: 1_000)
        #expect(lost.map { cluster.owners($0) } == others)
        #expect(cluster.firstWithoutOneOwner == nil)
    }

    /// Made in another's stead, weak at first, it then outranks what that one may have claimed.
    @Test func aClaimInAnothersSteadIsWeakUntilMostWereHeardForLong() throws {
        var cluster = Cluster(count: 5, addresses: 30)
        cluster.start()
        let lost = Set(
            (0..<30).filter { cluster.owners($0) == [4] }.map { Cluster.address($0) })
        cluster.kill(4)
        cluster.run(milliseconds: 242)
        cluster.isolate(0)
        cluster.run(milliseconds: 150)
        let early = claims(cluster, to: lost)
        let alone = try #require(cluster.lastHello[0]).claims.filter {
            lost.contains($0.address) && $0.isStrong
        }
        #expect(!alone.isEmpty && alone.allSatisfy { $0.epoch == 2 })
        for claim in alone {
            #expect(early[claim.address].map { !$0.isStrong && $0.epoch == 1 } ?? true)
        }
        cluster.run(milliseconds: 1_000)
        let late = claims(cluster, to: lost)
        for claim in alone {
            #expect(late[claim.address].map { $0.isStrong && $0.epoch == 3 } == true)
        }
    }

    /// What the nodes between the first and the last claim of these.
    private func claims(
        _ cluster: Cluster, to addresses: Set<IPAddress>
    ) -> [IPAddress: Hello.Claim] {
        let stated = (1...3).flatMap { cluster.lastHello[$0]?.claims ?? [] }
        return Dictionary(
            stated.filter { addresses.contains($0.address) }.map { ($0.address, $0) },
            uniquingKeysWith: { first, _ in first })
    }

    /// The others say how long ago they heard it: too long for a strong claim.
    @Test func whoIsMuteAndDoesNotKnowItYetClaimsWeakly() throws {
        var cluster = Cluster(count: 3, addresses: 9)
        cluster.start()
        let lost = Set((0..<9).filter { cluster.owners($0) == [1] }.map { Cluster.address($0) })
        cluster.kill(1)
        cluster.run(milliseconds: 60)
        cluster.cut = [[0, 2]]
        cluster.run(milliseconds: 200)
        let claims = try #require(cluster.lastHello[0]).claims
            .filter { lost.contains($0.address) }
        #expect(!claims.isEmpty && claims.allSatisfy { !$0.isStrong })
    }

    /// Three questions or answers are lost, as happens at 1 % loss: it is not deaf.
    @Test(arguments: [(0, false), (3, false), (4, true)])
    func aFewLostQuestionsMakeNobodyDeaf(lost: Int, isDeaf: Bool) {
        var cluster = Cluster(count: 2, addresses: 4)
        cluster.start()
        cluster.forget()
        cluster.gatewayLosses = lost
        cluster.cut = [[1, 0]]
        cluster.run(milliseconds: 252)
        let reports = cluster.nodes[0].reports
        #expect(reports.contains(.deafChanged(link: 2, isDeaf: true)) == isDeaf)
    }

    /// One of two that do not hear each other starts anew: it knows nothing of what the other holds.
    @Test func whoStartsOutOfAnOwnersHearingLeavesItsAddresses() {
        var cluster = Cluster(count: 3, addresses: 6)
        cluster.start()
        let held = (0..<6).filter { cluster.owners($0) == [1] }
        #expect(!held.isEmpty)
        cluster.cut = [[0, 1], [1, 0]]
        cluster.kill(0)
        cluster.run(milliseconds: 1_000)
        let taken = (0..<6).filter { cluster.owners($0) == [1] }
        cluster.restart(0, incarnation: 2)
        cluster.run(milliseconds: 200)
        cluster.forget()
        cluster.run(milliseconds: 5_000)
        for address in taken {
            #expect(cluster.owners(address) == [1])
            let changes = cluster.answering.filter { $0.hasSuffix("\(Cluster.address(address))") }
            #expect(changes.count <= 2, "\(changes)")
            let last = cluster.announced.last { $0.address == Cluster.address(address) }
            #expect(last.map { $0.node == 1 } ?? true, "the owner announces last")
        }
    }

    /// Two that do not hear each other are candidates: one of them has the address and keeps it.
    @Test func whatAWitnessSettledStaysSettled() {
        var cluster = Cluster(count: 4, addresses: 8)
        cluster.start()
        let lost = (0..<8).filter { cluster.owners($0) == [2] }
        cluster.cut = [[0, 1], [1, 0]]
        cluster.run(milliseconds: 300)
        cluster.kill(2)
        cluster.run(milliseconds: 700)
        cluster.forget()
        let owners = lost.map { cluster.owners($0) }
        #expect(owners.allSatisfy { $0.count == 1 })
        cluster.run(milliseconds: 5_000)
        #expect(cluster.answering == [])
        #expect(lost.map { cluster.owners($0) } == owners)
    }

    /// Nobody tells that an owner out of hearing gave the address away.
    @Test func anOwnerOutOfHearingIsNotWaitedForWithoutEnd() {
        var cluster = Cluster(count: 3, addresses: 6)
        cluster.start()
        let held = (0..<6).filter { cluster.owners($0) == [1] }
        cluster.cut = [[0, 1], [1, 0]]
        cluster.kill(0)
        cluster.run(milliseconds: 1_000)
        cluster.restart(0, incarnation: 2)
        cluster.run(milliseconds: 2_000)
        let changed = held.map {
            AddressFacts(Cluster.address($0), eligibility: .nodes([Cluster.name(0)]))
        }
        for node in 0..<3 { cluster.send(.addressesChanged(changed, removed: []), to: node) }
        cluster.run(milliseconds: 3_000)
        #expect(held.allSatisfy { cluster.owners($0).isEmpty })
        cluster.run(milliseconds: 8_000)
        #expect(held.allSatisfy { cluster.owners($0) == [0] })
    }

    /// Whoever started, claimed, announced and ended unheard may have left clients behind.
    @Test(arguments: [(2, false), (3, true)] as [(UInt32, Bool)])
    func aStartThatWasNotHeardIsAnswered(incarnation: UInt32, announces: Bool) {
        var cluster = Cluster(count: 2, addresses: 2)
        cluster.start()
        cluster.send(.leaveRequested, to: 1)
        cluster.run(milliseconds: 10_000)
        #expect(cluster.counts[0] == 2)
        cluster.kill(1)
        cluster.forget()
        cluster.restart(1, incarnation: incarnation)
        cluster.run(milliseconds: 100)
        #expect(cluster.announced.contains { $0.node == 0 } == announces)
    }
}
