/// (c) Nobody claims or answers while starting.
package struct SilentStartChecker: Checker {
    package init() {}

    package mutating func observe(
        _ observation: Observation, in ledger: Ledger
    ) -> [Violation] {
        switch observation {
        case .claimStated(let node, _, let address, whileStarting: true):
            [ledger.violation("c", address: address, nodes: [node], "claims while starting")]
        case .answerBegan(let node, let address) where ledger.isStarting[node]:
            [ledger.violation("c", address: address, nodes: [node], "answers while starting")]
        default: []
        }
    }
}
