import Foundation
import Laboratory
import TestTraits
import Testing

/// Three daemons that are not killed but disturbed, or all of them restarted: afterwards every
/// address has one owner, whom all know, and no other node answers for it.
@Suite(.serialized, .blocking, .needsKubectl) struct DisturbanceTests {
    private let cluster: Cluster
    private let addresses: [String]
    private static let everybody = ["n1", "n2", "n3"]

    init() throws {
        cluster = try Cluster()
        addresses = try cluster.serve()
        try cluster.awaitOwners(of: addresses, among: Self.everybody, seenBy: Self.everybody)
    }

    /// A process that stood still learns first what became of its addresses.
    @Test func aFrozenNodeIsSucceededAndWakesUpWithNothing() throws {
        let daemon = try #require(cluster["n3"].daemon)
        daemon.signal(SIGSTOP)
        let after = try cluster.awaitOwners(
            of: addresses, among: ["n1", "n2"], seenBy: ["n1", "n2"])
        try expectOneAnswer(after)
        daemon.signal(SIGCONT)
        try eventually("n3 is heard again") {
            try cluster.status(of: cluster["n1"]).members
                .contains { $0.node == "n3" && $0.state == "alive" }
        }
        let awake = try cluster.awaitOwners(
            of: addresses, among: ["n1", "n2"], seenBy: Self.everybody)
        #expect(awake == after)
        try expectOneAnswer(awake)
    }

    /// A link that carries one way only: who is not heard hears that it was succeeded.
    @Test func aNodeThatOthersDoNotHearGivesUp() throws {
        try cluster.gag("n3")
        let after = try cluster.awaitOwners(
            of: addresses, among: ["n1", "n2"], seenBy: Self.everybody)
        try expectOneAnswer(after)
        try cluster.heal()
        let healed = try cluster.awaitOwners(
            of: addresses, among: Self.everybody, seenBy: Self.everybody)
        #expect(healed == after)
        try expectOneAnswer(healed)
    }

    /// While one in five frames is lost, hellos and announcements alike.
    @Test func aDeathIsSurvivedUnderLoss() throws {
        try cluster.loseOneInFive()
        try cluster["n3"].end(SIGKILL)
        try cluster.awaitOwners(of: addresses, among: ["n1", "n2"], seenBy: ["n1", "n2"])
        try cluster.heal()
        let after = try cluster.awaitOwners(
            of: addresses, among: ["n1", "n2"], seenBy: ["n1", "n2"])
        try expectOneAnswer(after)
    }

    @Test func allStartedAtOnceShareTheAddresses() throws {
        for node in cluster.nodes { try node.end(SIGKILL) }
        #expect(try cluster.answers(for: addresses).isEmpty, "a dead daemon leaves nothing behind")
        for node in cluster.nodes { try node.launch() }
        for node in cluster.nodes { try node.awaitReady() }
        let owners = try cluster.awaitOwners(
            of: addresses, among: Self.everybody, seenBy: Self.everybody)
        try expectOneAnswer(owners)
    }

    @Test func aRollingRestartLeavesEveryAddressWithOneOwner() throws {
        for node in cluster.nodes {
            #expect(try node.end(SIGTERM).status == 0)
            try node.start()
            try cluster.awaitOwners(of: addresses, among: Self.everybody, seenBy: Self.everybody)
        }
        let owners = try cluster.awaitOwners(
            of: addresses, among: Self.everybody, seenBy: Self.everybody)
        try expectOneAnswer(owners)
    }

    private func expectOneAnswer(_ owners: [String: String]) throws {
        #expect(try cluster.answers(for: addresses) == cluster.expected(owners))
    }
}
