/// (j) After `rebalance`, by command or by itself, among addresses with the same candidates no node has more than its share
/// rounded up.
package struct SpreadChecker: Checker {
    package init() {}

    package mutating func observe(
        _ observation: Observation, in ledger: Ledger
    ) -> [Violation] {
        let plan = ledger.plan
        guard plan.rebalances || plan.rebalancesByItself, case .reached(.balanced) = observation
        else { return [] }
        var groups: [[Int]: [Int]] = [:]
        for (address, facts) in ledger.truth.enumerated() {
            guard let facts else { continue }
            let candidates = ledger.servable.indices.filter {
                ledger.servable[$0] && facts.allows($0)
            }
            groups[candidates, default: []].append(address)
        }
        guard groups.count == 1, let (candidates, addresses) = groups.first else { return [] }
        return judge(addresses, candidates, ledger)
    }

    private func judge(
        _ addresses: [Int], _ candidates: [Int], _ ledger: Ledger
    ) -> [Violation] {
        guard !candidates.isEmpty else { return [] }
        let share = (addresses.count + candidates.count - 1) / candidates.count
        return candidates.compactMap { node in
            let held = addresses.filter { ledger.answers(node, $0) }.count
            guard held > share else { return nil }
            return ledger.violation(
                "j", nodes: [node],
                "has \(held) of \(addresses.count) addresses, its share is \(share)")
        }
    }
}
