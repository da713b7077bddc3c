/// (i) No address of a node that no fault ever befell moved; a weak claim, which only stands in for
/// a silent owner, may give way. Several faults of others that together leave a node with less than
/// half of the nodes befall it like a partition. An address that was free when two were cut off from
/// each other may be taken by both, of which one has to give way.
package struct HealthyOwnerChecker: Checker {
    package init() {}

    package mutating func observe(
        _ observation: Observation, in ledger: Ledger
    ) -> [Violation] {
        let troubles = ledger.troubles
        guard let move = ledger.latestMove, let from = move.from, !move.wasWeak,
            move.heldFor > ledger.bounds.handOver,
            !troubles.isTouched[from], !troubles.isEverythingTouched,
            !troubles.isAddressTouched[move.address], ledger.now > ledger.plan.started,
            !wasFreeAtTheCut(move, from, troubles)
        else { return [] }
        return [
            ledger.violation(
                "i", address: move.address, nodes: [from, move.to],
                "left \(ledger.plan.name(from)), which no fault befell, "
                    + "for \(ledger.plan.name(move.to))")
        ]
    }

    private func wasFreeAtTheCut(
        _ move: Ledger.Move, _ from: Int, _ troubles: Troubles
    ) -> Bool {
        troubles.severedAt(from, move.to).map { $0 + move.heldFor < move.at } ?? false
    }
}
