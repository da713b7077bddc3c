import Simulation
import Testing
import Timing

/// Each checker is seen to bite: something is wrong in the world that the plan does not name.
struct BiteCase: CustomTestStringConvertible {
    let rule: Character
    let name: String
    let plan: String
    let sabotage: Sabotage

    init(_ rule: Character, _ name: String, _ plan: String, _ sabotage: Sabotage) {
        self.rule = rule
        self.name = name
        self.plan = plan
        self.sabotage = sabotage
    }

    var testDescription: String { "(\(rule)) bites when \(name)" }

    static let all = [
        BiteCase(
            "a", "a node never hears a claim",
            "nodes 3\n3.000 kill n1 for 0.500\n", .claimsUnheard(by: 1)),
        BiteCase(
            "b", "a responder goes on answering for a deleted address",
            "nodes 3\n3.000 remove 198.18.0.1\n3.000 remove 198.18.0.2\n"
                + "3.000 remove 198.18.0.3\n", .answersForever(node: 0)),
        BiteCase(
            "b", "a responder goes on answering after a hand-over",
            "nodes 3\n3.000 drain n1 for 1.000\n", .answersForever(node: 0)),
        BiteCase(
            "c", "a responder starts with the table of the process before it",
            "nodes 3\n3.000 kill n1 for 0.500\n", .tableOutlivesProcess(node: 0)),
        BiteCase(
            "d", "a node is not told of a deletion and claims",
            "nodes 2\naddresses 2\n2.500 remove 198.18.0.1\n2.500 remove 198.18.0.2\n",
            .deletionUntold(node: 0)),
        BiteCase(
            "e", "a node is drained in secret",
            "nodes 3\n9.000 kill n3 for 0.100\n", .secretDrain(node: 0, at: .zero + .seconds(5))),
        BiteCase(
            "f", "a node's epochs fall",
            "nodes 3\n9.000 kill n3 for 0.100\n", .epochsFall(node: 0, at: .zero + .seconds(5))),
        BiteCase(
            "g", "no node is told of an address", "nodes 3\n", .addressUntold(2)),
        BiteCase(
            "h", "announcements are lost",
            "nodes 3\n3.000 power n1 for 3.000\n",
            .announcementsLost(from: .zero + .seconds(2))),
        BiteCase(
            "i", "a healthy node is drained in secret",
            "nodes 3\n9.000 kill n3 for 0.100\n", .secretDrain(node: 0, at: .zero + .seconds(5))),
        BiteCase(
            "j", "nobody hears of rebalance",
            "nodes 3\nrebalances\n3.000 kill n1 for 1.000\n", .rebalanceUnheard),
        BiteCase(
            "l", "nobody tells what it found on the wire",
            "nodes 3\nwire-truth 1.000\n3.000 gag n1 for 12.000\n", .findingsUntold),
        BiteCase(
            "g", "no node is told of an address while another one is yielded",
            "nodes 3\non-conflict yield\n3.000 usurp 198.18.0.1 for 1.000\n", .addressUntold(2)),
        BiteCase(
            "m", "an owner does not read that another host uses its address",
            "nodes 3\naddresses 3\nseed 32\non-conflict yield\n"
                + "3.000 usurp 198.18.0.1 500 for 2.000\n", .foreignUnheard(by: 1)),
        BiteCase(
            "m", "a node does not hear the claim to what another yielded",
            "nodes 3\naddresses 3\nseed 32\non-conflict yield\n"
                + "3.000 usurp 198.18.0.1 500 for 2.000\n",
            .claimsUnheard(by: 0, from: .zero + .milliseconds(3_500))),
        BiteCase(
            "m", "the foreign host is not gone",
            "nodes 3\non-conflict yield\n3.000 usurp 198.18.0.1 for 2.000\n", .foreignStays),
        BiteCase(
            "n", "a node defends each time",
            "nodes 3\naddresses 3\nseed 32\n8.000 usurp 198.18.0.1 500 for 4.000\n",
            .defendsAlways(node: 1)),
        BiteCase(
            "n", "a node defends what is only to be reported",
            "nodes 3\naddresses 3\nseed 32\non-conflict report\n8.000 usurp 198.18.0.1 for 1.000\n",
            .defendsAlways(node: 1)),
        BiteCase("k", "a node chatters", "nodes 3\n", .chatter(node: 0)),
        BiteCase(
            "k", "a node chatters where much is lost", "nodes 2\nloss 50000\n",
            .chatter(node: 0)),
    ]
}

@Suite struct CheckerTests {
    @Test(arguments: BiteCase.all)
    func bites(_ example: BiteCase) throws {
        let plan = try Plan(parsing: example.plan)
        var world = World(plan: plan, sabotage: example.sabotage)
        world.run()
        let rules = Set(world.violations.map(\.rule))
        #expect(rules.contains(example.rule), "broken: \(rules.sorted())")
    }

    @Test func everyCheckerHasOne() {
        #expect(Set(BiteCase.all.map(\.rule)) == Set("abcdefghijklmn"))
        #expect(Checkers.all().count == 14)
    }

    /// The same plans without the sabotage break nothing.
    @Test(arguments: BiteCase.all)
    func isSilentOtherwise(_ example: BiteCase) throws {
        var world = World(plan: try Plan(parsing: example.plan))
        world.run()
        #expect(world.violations.map(\.description) == [])
    }

    @Test func aViolationSaysWhenWhereWhoAndWhatWentBefore() throws {
        let example = BiteCase.all[0]
        var world = World(plan: try Plan(parsing: example.plan), sabotage: example.sabotage)
        world.run()
        let violation = try #require(world.violations.first { $0.rule == "a" })
        #expect(violation.address != nil)
        #expect(violation.nodes.count == 2)
        #expect(violation.moment > .zero)
        #expect(violation.lastMoves.contains { $0.contains("begins to answer") })
    }
}
