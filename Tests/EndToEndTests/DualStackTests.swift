import Foundation
import Laboratory
import TestTraits
import Testing

/// Three daemons on one segment, Services of both families: every address has an owner of its own,
/// and each is succeeded alike.
@Suite(.serialized, .blocking, .needsKubectl) struct DualStackTests {
    private let cluster: Cluster
    private let addresses: [String]
    private let before: [String: String]

    private static let everybody = ["n1", "n2", "n3"]

    init() throws {
        cluster = try Cluster([.ipv4, .ipv6])
        addresses = try cluster.serve()
        before = try cluster.awaitOwners(
            of: addresses, among: Self.everybody, seenBy: Self.everybody)
    }

    @Test func eachFamilyOfAServiceHasAnOwnerOfItsOwn() throws {
        #expect(addresses.count == 2 * Cluster.services)
        #expect(addresses.count { $0.contains(":") } == Cluster.services)
        try expectOneAnswer(before)
        let path = "jsonpath={.status.loadBalancer.ingress[*].ip}"
        let pairs = try (1...Cluster.services).map { number in
            try cluster["n1"].kubectl("get", "service", "s\(number)", "-o", path)
                .split(separator: " ").map { before[String($0)] }
        }
        #expect(pairs.allSatisfy { $0.count == 2 })
        #expect(pairs.contains { $0[0] != $0[1] }, "one owner a Service would be a coincidence")
    }

    @Test func aKilledNodeIsSucceededInBothFamiliesAndTakesNothingBack() throws {
        try cluster["n3"].end(SIGKILL)
        let after = try cluster.awaitOwners(
            of: addresses, among: ["n1", "n2"], seenBy: ["n1", "n2"])
        try expectOneAnswer(after)
        expectNothingElseMoved(after, except: "n3")
        try cluster["n3"].start()
        let back = try cluster.awaitOwners(
            of: addresses, among: Self.everybody, seenBy: Self.everybody)
        #expect(back == after)
        try expectOneAnswer(after)
    }

    @Test func aNodeThatIsStoppedHandsOverBothFamilies() throws {
        #expect(try cluster["n2"].end(SIGTERM).status == 0)
        let after = try cluster.awaitOwners(
            of: addresses, among: ["n1", "n3"], seenBy: ["n1", "n3"])
        try expectOneAnswer(after)
        expectNothingElseMoved(after, except: "n2")
    }

    /// `curl -6` before and after the owner's death: the client's cache names the successor.
    @Test func trafficOfIPv6ArrivesAndFollowsTheOwner() throws {
        let address = try #require(addresses.last { $0.contains(":") && before[$0] != "n1" })
        for node in cluster.nodes { try node.serve(address, text: "hello from \(node.name)") }
        let owner = try #require(before[address])
        #expect(try cluster.world.fetch(address) == "hello from \(owner)\n")
        try cluster[owner].end(SIGKILL)
        let after = try cluster.awaitOwners(
            of: [address], among: Self.everybody.filter { $0 != owner }, seenBy: ["n1"])
        try eventually("the successor is reached", within: .seconds(2)) {
            try cluster.world.fetch(address) == "hello from \(after[address] ?? "")\n"
        }
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

/// Three daemons on a segment that has IPv6 alone: hellos, API and addresses.
@Suite(.serialized, .blocking, .needsKubectl) struct IPv6OnlyTests {
    @Test func aKilledNodeIsSucceededAndTheOthersAreHeardByIPv6() throws {
        let cluster = try Cluster([.ipv6])
        let addresses = try cluster.serve()
        let everybody = ["n1", "n2", "n3"]
        let before = try cluster.awaitOwners(of: addresses, among: everybody, seenBy: everybody)
        #expect(addresses.count == Cluster.services)
        #expect(addresses.allSatisfy { $0.contains(":") })
        #expect(try cluster.answers(for: addresses) == cluster.expected(before))
        let members = try cluster.status(of: cluster["n1"]).members
        #expect(members.map(\.node) == ["n2", "n3"])
        #expect(members.allSatisfy { $0.state == "alive" })
        try cluster["n3"].end(SIGKILL)
        let after = try cluster.awaitOwners(
            of: addresses, among: ["n1", "n2"], seenBy: ["n1", "n2"])
        #expect(try cluster.answers(for: addresses) == cluster.expected(after))
        for (address, owner) in before where owner != "n3" { #expect(after[address] == owner) }
    }

    /// Who hears nobody asks gateway and peers by Neighbor Discovery, and each address, before it takes
    /// them.
    @Test func whoIsLeftAloneAsksTheWireAndServesEverything() throws {
        let cluster = try Cluster([.ipv6])
        let addresses = try cluster.serve()
        let everybody = ["n1", "n2", "n3"]
        try cluster.awaitOwners(of: addresses, among: everybody, seenBy: everybody)
        try cluster["n2"].end(SIGKILL)
        try cluster["n3"].end(SIGKILL)
        let after = try cluster.awaitOwners(of: addresses, among: ["n1"], seenBy: ["n1"])
        #expect(try cluster.answers(for: addresses) == cluster.expected(after))
    }
}
