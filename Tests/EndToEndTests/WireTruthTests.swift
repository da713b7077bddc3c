import Foundation
import Laboratory
import TestTraits
import Testing

/// Three daemons that ask the wire every two seconds who answers for each other's addresses.
@Suite(.serialized, .blocking, .needsKubectl) struct WireTruthTests {
    private let cluster: Cluster
    private let addresses: [String]
    private let before: [String: String]
    private static let everybody = ["n1", "n2", "n3"]

    init() throws {
        cluster = try Cluster([.ipv4, .ipv6], configuration: "wireTruth: 2s\n")
        addresses = try cluster.serve(["s1", "s2", "s3", "s4"])
        before = try cluster.awaitOwners(
            of: addresses, among: Self.everybody, seenBy: Self.everybody)
    }

    /// It hears its peers, and no client: hellos alone would never tell.
    @Test func anOwnerThatNobodyReachesHandsOverAndTheAlarmEnds() throws {
        let lost = try #require(addresses.first { !$0.contains(":") && before[$0] != "n1" })
        let hidden = try #require(before[lost])
        let others = Self.everybody.filter { $0 != hidden }
        try cluster.hideQuestions(from: hidden)
        #expect(try cluster.world.whoHas(lost) == nil, "clients do not reach it")

        var seen: Set<String> = []
        try eventually("the others own all addresses", within: .seconds(60)) {
            for name in others { seen.formUnion(try alarms(shownBy: cluster[name])) }
            seen.formUnion(try alarms(shownBy: cluster[hidden]))
            return try cluster.owners(seenBy: cluster[others[0]]).values.allSatisfy {
                others.contains($0)
            }
        }
        #expect(seen.contains("NobodyAnswered"), "\(seen)")
        #expect(seen.contains("Unheard"), "\(seen)")
        let after = try cluster.awaitOwners(
            of: addresses, among: others, seenBy: Self.everybody)
        #expect(try cluster.answers(for: addresses) == cluster.expected(after))
        for (address, owner) in before where owner != hidden {
            #expect(after[address] == owner, "\(address) of \(owner) moved")
        }
        try expectProblem("Other nodes hear no answer from \(hidden)", on: hidden)
        try expectProblem("Node \(hidden) says hello, but", on: others[0])

        try cluster.heal()
        try eventually("nothing is wrong any more", within: .seconds(60)) {
            try Self.everybody.allSatisfy {
                try cluster.status(of: cluster[$0]).problems == nil
                    && alarms(shownBy: cluster[$0]).isEmpty
            }
        }
        #expect(
            try cluster.awaitOwners(of: addresses, among: others, seenBy: Self.everybody) == after,
            "nothing is given back")
    }

    /// A host that is no node answers beside the owner, to the asker as to any client.
    @Test func aForeignHostThatAnswersTooIsNamed() throws {
        let address = try #require(addresses.first { !$0.contains(":") })
        let stranger = "02:00:00:00:00:99"
        let host = try cluster.world.foreignHost(at: "192.0.2.99", linkAddress: stranger)
        // It answers what it is asked, and says nothing by itself that the owner could hear.
        try host.ip("address", "add", "\(address)/32", "dev", "lo")
        try eventually("a node names it", within: .seconds(40)) {
            try Self.everybody.contains { name in
                try cluster.status(of: cluster[name]).problems?.contains {
                    $0.contains(address) && $0.contains(stranger)
                } ?? false
            }
        }
        try eventually("an event names it", within: .seconds(10)) {
            let described = try cluster["n1"].kubectl("describe", "services")
            return described.contains("AddressConflict") && described.contains(stranger)
        }
        host.close()
        try eventually("the alarm ends", within: .seconds(40)) {
            try Self.everybody.allSatisfy { try alarms(shownBy: cluster[$0]).isEmpty }
        }
        #expect(try cluster.owners(seenBy: cluster["n1"]) == before)
    }

    private func alarms(shownBy node: HeraldNode) throws -> Set<String> {
        Set(try cluster.status(of: node).addresses.compactMap(\.alarm))
    }

    private func expectProblem(_ beginning: String, on name: String) throws {
        let problems = try cluster.status(of: cluster[name]).problems ?? []
        #expect(problems.contains { $0.hasPrefix(beginning) }, "\(problems)")
    }
}
