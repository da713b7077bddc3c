import Timing

/// (b) No answer for an address that the node knows is not its own, or after it was told to
/// release it.
///
/// A node knows: the API told it that the address is no more, or its own hellos no longer claim it
/// (it may linger a few milliseconds then, for requests in flight). A node that knows no peer sends
/// no hello and claims all the same.
package struct OwnAddressChecker: Checker {
    private struct Debt: Hashable {
        let node: Int
        let address: Int
        /// From when on an answer is wrong.
        let due: Moment
        let reason: String
        /// Hellos that the node must have sent by then to have had a chance to claim; nil: it knows
        /// without any.
        var hellosSent: Int?
    }

    private var debts: [Debt] = []

    package init() {}

    package mutating func observe(
        _ observation: Observation, in ledger: Ledger
    ) -> [Violation] {
        let overdue = debts.filter { $0.due < ledger.now }
        debts.removeAll { $0.due < ledger.now }
        note(observation, ledger)
        return overdue.filter { hasAnswered($0, ledger) && isStillOwed($0, ledger) }
            .map {
                ledger.violation("b", address: $0.address, nodes: [$0.node], $0.reason)
            }
    }

    private mutating func note(_ observation: Observation, _ ledger: Ledger) {
        switch observation {
        case .told(let node, let address, nil):
            debts.append(
                Debt(
                    node: node, address: address, due: ledger.now,
                    reason: "answers for an address that it knows to be deleted"))
        case .claimDropped(let node, let address):
            owe(node, address, ledger)
        case .claimStated(let node, _, let address, _):
            debts.removeAll {
                $0.node == node && $0.address == address && $0.hellosSent != nil
            }
        case .answerBegan(let node, let address) where ledger.claims[node][address] == nil:
            owe(node, address, ledger)
        default: break
        }
    }

    private mutating func owe(_ node: Int, _ address: Int, _ ledger: Ledger) {
        debts.append(
            Debt(
                node: node, address: address, due: ledger.now + ledger.bounds.lingering,
                reason: "answers for an address that its hellos do not claim",
                hellosSent: ledger.hellosSent[node]))
    }

    /// It answered when the debt fell due, and has not ceased since.
    private func hasAnswered(_ debt: Debt, _ ledger: Ledger) -> Bool {
        ledger.answering[debt.address].contains {
            $0.node == debt.node && $0.since <= debt.due
        }
    }

    private func isStillOwed(_ debt: Debt, _ ledger: Ledger) -> Bool {
        guard let before = debt.hellosSent else {
            return ledger.told[debt.node][debt.address] == nil
        }
        return ledger.claims[debt.node][debt.address] == nil
            && ledger.hellosSent[debt.node] > before
    }
}
