import Testing

@testable import Ownership

@Suite struct EligibilityRuleTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let name: String
        var services: [EligibilityRule.Service]
        var nodes: Set<String> = ["a", "b", "c"]
        let wanted: Eligibility

        var testDescription: String { name }
    }

    static func cluster(_ hasEndpoint: Bool = true) -> EligibilityRule.Service {
        EligibilityRule.Service(hasEndpoint: hasEndpoint)
    }

    static func local(_ nodes: Set<String>) -> EligibilityRule.Service {
        EligibilityRule.Service(hasEndpoint: !nodes.isEmpty, localNodes: nodes)
    }

    @Test(arguments: [
        Row(name: "E1: no endpoint", services: [cluster(false)], wanted: .nobody(.noEndpoints)),
        Row(name: "E1: no service", services: [], wanted: .nobody(.noEndpoints)),
        Row(name: "E1: Local without any", services: [local([])], wanted: .nobody(.noEndpoints)),
        Row(
            name: "E1: an endpoint anywhere serves from any node", services: [cluster()],
            wanted: .nodes(["a", "b", "c"])),
        Row(
            name: "E1: of two that share, one can serve", services: [cluster(false), cluster()],
            wanted: .nodes(["a", "b", "c"])),
        Row(
            name: "E2: Local, only nodes with an endpoint", services: [local(["b", "x"])],
            wanted: .nodes(["b"])),
        Row(
            name: "E2: shared, nodes that have one for each Local service",
            services: [local(["a", "b"]), local(["b", "c"])], wanted: .nodes(["b"])),
        Row(
            name: "E2: shared, no node in common", services: [local(["a"]), local(["c"])],
            wanted: .nobody(.noCommonNode)),
        Row(
            name: "E3: every node excluded", services: [cluster()], nodes: [],
            wanted: .nobody(.noCandidate)),
        Row(
            name: "E3: the only node with an endpoint is excluded", services: [local(["b"])],
            nodes: ["a", "c"], wanted: .nobody(.noCandidate)),
    ])
    func decides(row: Row) {
        let rule = EligibilityRule(services: row.services, nodes: row.nodes)
        #expect(rule.eligibility == row.wanted)
    }
}
