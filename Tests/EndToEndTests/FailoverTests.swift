import Foundation
import Laboratory
import TestTraits
import Testing

/// Three daemons on one segment: every address is answered by exactly one, whatever befalls it.
@Suite(.serialized, .blocking, .needsKubectl) struct FailoverTests {
    private let cluster: Cluster
    private let addresses: [String]
    private let before: [String: String]

    private static let everybody = ["n1", "n2", "n3"]

    init() throws {
        cluster = try Cluster()
        addresses = try cluster.serve()
        before = try cluster.awaitOwners(
            of: addresses, among: Self.everybody, seenBy: Self.everybody)
    }

    /// How even it is on a machine that may be busy with other things is a rebalance's matter.
    @Test func everyAddressHasOneOwnerAndTheMembersAreShown() throws {
        #expect(try cluster.answers(for: addresses) == cluster.expected(before))
        let status = try cluster.status(of: cluster["n1"])
        #expect(status.members.map(\.node) == ["n2", "n3"])
        #expect(status.members.allSatisfy { $0.state == "alive" })
        for member in status.members {
            #expect(member.lastHeardMilliseconds.map { $0 < 1_000 } == true)
            #expect(member.addresses == before.values.count { $0 == member.node })
        }
    }

    /// The others answer for what a killed node had; when it comes back it takes nothing back.
    @Test func w7AKilledNodeIsSucceededAndTakesNothingBack() throws {
        try cluster["n3"].end(SIGKILL)
        let after = try cluster.awaitOwners(
            of: addresses, among: ["n1", "n2"], seenBy: ["n1", "n2"])
        try expectOneAnswer(after)
        expectNothingElseMoved(after, except: "n3")

        try cluster["n3"].start()
        try eventually("n3 is heard again") {
            try cluster.status(of: cluster["n1"]).members
                .contains { $0.node == "n3" && $0.state == "alive" }
        }
        let back = try cluster.awaitOwners(
            of: addresses, among: Self.everybody, seenBy: Self.everybody)
        #expect(back == after)
        try expectOneAnswer(after)
    }

    @Test func w7ANodeThatIsStoppedHandsOver() throws {
        let asked = ContinuousClock.now
        let end = try cluster["n2"].end(SIGTERM)
        #expect(end.status == 0, "\(end.errorOutput)")
        #expect(ContinuousClock.now - asked < .seconds(5))
        let after = try cluster.awaitOwners(
            of: addresses, among: ["n1", "n3"], seenBy: ["n1", "n3"])
        try expectOneAnswer(after)
        expectNothingElseMoved(after, except: "n2")
    }

    @Test func w7ANodeWithoutCarrierIsSucceededAndTakesNothingBack() throws {
        try cluster.world.segment.pull(cluster["n3"].port)
        let after = try cluster.awaitOwners(
            of: addresses, among: ["n1", "n2"], seenBy: ["n1", "n2"])
        try expectOneAnswer(after)
        expectNothingElseMoved(after, except: "n3")
        try cluster.world.segment.restore(cluster["n3"].port)
        let back = try cluster.awaitOwners(
            of: addresses, among: Self.everybody, seenBy: Self.everybody)
        #expect(back == after)
        try expectOneAnswer(after)
    }

    /// The cable is in, and neither hellos nor ARP pass.
    @Test func w7AMuteNodeIsSucceeded() throws {
        try cluster.mute("n3")
        let after = try cluster.awaitOwners(
            of: addresses, among: ["n1", "n2"], seenBy: ["n1", "n2"])
        try expectOneAnswer(after)
        expectNothingElseMoved(after, except: "n3")
        try cluster.heal()
        let back = try cluster.awaitOwners(
            of: addresses, among: Self.everybody, seenBy: Self.everybody)
        try expectOneAnswer(back)
        expectNothingElseMoved(back, except: "n3")
    }

    /// Each side serves what it sees; afterwards every address has one owner, and what the larger
    /// side had stayed there.
    @Test func aPartitionHeals() throws {
        try cluster.separate(["n3"], from: ["n1", "n2"])
        try cluster.awaitOwners(of: addresses, among: ["n1", "n2"], seenBy: ["n1", "n2"])
        try cluster.awaitOwners(of: addresses, among: ["n3"], seenBy: ["n3"])
        try cluster.heal()
        let after = try cluster.awaitOwners(
            of: addresses, among: Self.everybody, seenBy: Self.everybody)
        try expectOneAnswer(after)
        expectNothingElseMoved(after, except: "n3")
    }

    private func expectOneAnswer(_ owners: [String: String]) throws {
        #expect(try cluster.answers(for: addresses) == cluster.expected(owners))
    }

    /// Only what the failed node had has another owner.
    private func expectNothingElseMoved(_ after: [String: String], except failed: String) {
        for (address, owner) in before where owner != failed {
            #expect(after[address] == owner, "\(address) of \(owner) moved")
        }
    }
}
