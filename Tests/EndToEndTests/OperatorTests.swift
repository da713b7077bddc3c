import Foundation
import Laboratory
import TestTraits
import Testing

/// What an operator tells three daemons, and what they tell of it.
@Suite(.serialized, .blocking, .needsKubectl) struct OperatorTests {
    private let cluster: Cluster
    private let addresses: [String]
    private static let everybody = ["n1", "n2", "n3"]

    init() throws {
        cluster = try Cluster()
        addresses = try cluster.serve()
        try cluster.awaitOwners(of: addresses, among: Self.everybody, seenBy: Self.everybody)
    }

    /// Drained stays drained, over a restart; undrained it takes nothing back until it is told.
    @Test func aDrainedNodeOwnsNothingUntilItIsUndrained() throws {
        let node = cluster["n2"]
        #expect(try node.heraldctl("drain").output.hasPrefix("n2 is drained"))
        let drained = try cluster.awaitOwners(
            of: addresses, among: ["n1", "n3"], seenBy: Self.everybody)
        #expect(try cluster.answers(for: addresses) == cluster.expected(drained))
        #expect(try node.heraldctl("status").output.contains("Drained"))
        try node.end(SIGKILL)
        try node.start()
        try cluster.awaitOwners(of: addresses, among: ["n1", "n3"], seenBy: Self.everybody)
        #expect(try node.heraldctl("undrain", "n2").status == 0)
        try eventually("a rebalance has something to move") {
            try node.heraldctl("rebalance", "--dry-run").output.contains(" n2\n")
        }
        #expect(try cluster.owners(seenBy: node) == drained)
        #expect(try node.heraldctl("rebalance").status == 0)
        try eventually("every node has three", within: .seconds(20)) {
            let owners = try cluster.owners(seenBy: cluster["n1"])
            return Self.everybody.allSatisfy { name in owners.values.count { $0 == name } == 3 }
        }
        let even = try cluster.awaitOwners(
            of: addresses, among: Self.everybody, seenBy: Self.everybody)
        #expect(try cluster.answers(for: addresses) == cluster.expected(even))
        #expect(try node.heraldctl("rebalance", "--dry-run").output == "Nothing is to move.\n")
    }

    /// Any daemon passes the word on; the node obeys it once, and over a restart.
    @Test func anotherNodeIsDrainedByWayOfTheAPI() throws {
        let asked = cluster["n1"]
        #expect(try asked.heraldctl("drain", "n3").output.hasPrefix("n3 is told to drain"))
        try cluster.awaitOwners(of: addresses, among: ["n1", "n2"], seenBy: Self.everybody)
        // What is said to the node itself stands over what it was told before.
        #expect(try cluster["n3"].heraldctl("undrain").status == 0)
        try cluster["n3"].end(SIGKILL)
        try cluster["n3"].start()
        #expect(try !cluster["n3"].heraldctl("status").output.contains("Drained"))
        #expect(try asked.heraldctl("drain", "n3").status == 0)
        try eventually("n3 is drained again") {
            try cluster["n3"].heraldctl("status").output.contains("Drained")
        }
        #expect(try asked.heraldctl("undrain", "n3").status == 0)
        try eventually("n3 is drained no more") {
            try !cluster["n3"].heraldctl("status").output.contains("Drained")
        }
        let unknown = try asked.heraldctl("drain", "n9")
        #expect(unknown.status == 1)
        #expect(unknown.errorOutput.contains("n9"), "\(unknown.errorOutput)")
    }

    @Test func historyNamesCauseAndDuration() throws {
        let victim = try #require(try cluster.owners(seenBy: cluster["n1"])[addresses[0]])
        let witness = cluster[victim == "n2" ? "n3" : "n2"]
        let members = try witness.heraldctl("members").output
        #expect(members.contains("\(victim)") && members.contains(" ms"))
        try cluster[victim].end(SIGKILL)
        let others = Self.everybody.filter { $0 != victim }
        let after = try cluster.awaitOwners(of: addresses, among: others, seenBy: others)
        let history = try witness.heraldctl("history", "-o", "json").output
        let moves = try JSONDecoder().decode(ShownHistory.self, from: Data(history.utf8)).moves
        let last = try #require(moves.last { $0.address == addresses[0] })
        #expect(last.from == victim && last.to == after[addresses[0]])
        #expect(last.cause == "ownerDead")
        // The detection time of 250 ms, and whatever a busy machine adds.
        #expect(last.milliseconds.map { $0 >= 150 && $0 < 3_000 } == true, "\(last)")
    }
}

/// `heraldctl history -o json`, as far as these tests read it.
private struct ShownHistory: Decodable {
    struct Move: Decodable {
        let address: String
        let from: String?
        let to: String?
        let cause: String
        let milliseconds: Int?
    }
    let moves: [Move]
}
