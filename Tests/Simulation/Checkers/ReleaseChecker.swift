/// (d) No claim of a released address: never by a node that knows, and by nobody once settled.
package struct ReleaseChecker: Checker {
    package init() {}

    package mutating func observe(
        _ observation: Observation, in ledger: Ledger
    ) -> [Violation] {
        switch observation {
        case .claimStated(let node, _, let address, _)
        where ledger.told[node][address] == nil:
            return [
                ledger.violation(
                    "d", address: address, nodes: [node], "claims an address unknown to it")
            ]
        case .reached(.settled), .reached(.end):
            return ledger.truth.indices.filter { ledger.truth[$0] == nil }.flatMap { address in
                claimants(of: address, ledger).map {
                    ledger.violation(
                        "d", address: address, nodes: [$0], "still claims a deleted address")
                }
            }
        default: return []
        }
    }

    private func claimants(of address: Int, _ ledger: Ledger) -> [Int] {
        ledger.claims.indices.filter { ledger.claims[$0][address] != nil }
    }
}
