import Timing

/// (l) Where nodes ask the wire, an owner whose ARP does not come out or in, though its hellos do,
/// gives its addresses away in time: clients send to another when that fault ends.
///
/// Judged where nothing else was wrong: two other nodes must find it, and one take over.
package struct ReachedChecker: Checker {
    package init() {}

    package mutating func observe(
        _ observation: Observation, in ledger: Ledger
    ) -> [Violation] {
        guard case .faultEnded(let fault) = observation,
            fault.verb == .gag || fault.verb == .dull, isJudged(fault, ledger)
        else { return [] }
        return fault.nodes.flatMap { node in
            ledger.truth.indices.compactMap { judge($0, node, ledger) }
        }
    }

    private func isJudged(_ fault: Fault, _ ledger: Ledger) -> Bool {
        guard let lasts = fault.lasts, ledger.plan.wireTruth != nil else { return false }
        return ledger.plan.faults == [fault] && ledger.nodeCount >= 3
            && ledger.plan.absent.isEmpty && lasts >= Self.bound(ledger.plan)
    }

    /// Two rounds, for the asker may change in between; the age of a claim; twice five questions, by
    /// the first node and by those that confirm; and the hand-over, with room for lost hellos.
    package static func bound(_ plan: Plan) -> Duration {
        (plan.wireTruth ?? .zero) * 2 + .seconds(2) + .milliseconds(300) * 10 + .seconds(2)
    }

    private func judge(_ address: Int, _ node: Int, _ ledger: Ledger) -> Violation? {
        guard ledger.truth[address] != nil else { return nil }
        if ledger.answers(node, address) {
            return ledger.violation(
                "l", address: address, nodes: [node], "is still owned by a node that is not heard")
        }
        for (client, pointers) in ledger.pointers.enumerated() where pointers[address] == node {
            return ledger.violation(
                "l", address: address, nodes: [node],
                "client \(client + 1) still sends to a node that is not heard")
        }
        return nil
    }
}
