/// (g) After healing every address that has a candidate is answered for, by one node; one that was
/// yielded to a foreign host by none, as long as that host is there, and until the time is up in
/// which its owner must have found that it is gone.
package struct OwnedChecker: Checker {
    package init() {}

    package mutating func observe(
        _ observation: Observation, in ledger: Ledger
    ) -> [Violation] {
        guard case .reached(let stage) = observation, stage == .settled || stage == .end else {
            return []
        }
        return ledger.truth.indices.compactMap { judge($0, ledger) }
    }

    private func judge(_ address: Int, _ ledger: Ledger) -> Violation? {
        guard let facts = ledger.truth[address] else { return nil }
        let owners = ledger.answering[address].map(\.node).sorted()
        let candidates = ledger.servable.indices.filter {
            ledger.servable[$0] && facts.allows($0)
        }
        if owners.count > 1 {
            return ledger.violation("g", address: address, nodes: owners, "has several owners")
        }
        guard owners.isEmpty, !candidates.isEmpty, !ledger.isYielded(address) else { return nil }
        return ledger.violation(
            "g", address: address, nodes: candidates, "has candidates and no owner")
    }
}
