/// (e) No address goes from one node to another without a cause from a closed list: those of
/// `Troubles.Explanation`, that the former owner's claim was weak, that it answered alone only while
/// the new owner, which had outranked it before, did not (two failed one after another, and the first
/// to return stood in for the second with its old claim), and that two claimed at once.
///
/// The cause must be there when the former owner ceased to answer: others that cannot hear each
/// other may both answer long after that, and only one of them is the next owner.
package struct MoveCauseChecker: Checker {
    package init() {}

    package mutating func observe(
        _ observation: Observation, in ledger: Ledger
    ) -> [Violation] {
        guard let move = ledger.latestMove, let from = move.from, !move.wasWeak, !move.wasOutranked,
            move.heldFor > ledger.bounds.handOver,
            ledger.troubles.explanation(
                from: from, to: move.to, address: move.address, at: move.leftAt) == nil
        else { return [] }
        return [
            ledger.violation(
                "e", address: move.address, nodes: [from, move.to],
                "went from \(ledger.plan.name(from)) to \(ledger.plan.name(move.to)) without a cause"
            )
        ]
    }
}
