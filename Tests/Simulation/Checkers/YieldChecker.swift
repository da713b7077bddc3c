import Ownership
import Timing
import Wire

/// (m) Under `onConflict: yield`: a node that reads that a foreign host uses its address answers for
/// it no more, and no other node takes what it keeps; once that host is gone it answers again, in
/// time.
///
/// That nobody takes it is judged where all can know: nothing is lost, and no fault befell those two.
/// That the same one answers again is judged where no fault befell it.
package struct YieldChecker: Checker {
    private struct Debt: Hashable {
        let kind: Kind
        let address: Int
        let node: Int
        let due: Moment

        enum Kind: Hashable {
            /// The node must not answer any more.
            case silence
            /// The node must answer, and nobody else.
            case answer
        }
    }

    private var debts: [Debt] = []

    package init() {}

    package mutating func observe(
        _ observation: Observation, in ledger: Ledger
    ) -> [Violation] {
        guard ledger.plan.onConflict == .yield else { return [] }
        let overdue = debts.filter { $0.due < ledger.now }
        debts.removeAll { $0.due < ledger.now }
        var violations = overdue.compactMap { judge($0, ledger) }
        switch observation {
        case .foreignHeard(let node, let address)
        where ledger.answers(node, address) && answersEverywhere(node, ledger):
            owe(.silence, node, address, after: ledger.bounds.lingering, ledger)
        case .claimStated(let node, let claim, let address, _):
            if claim.isWithheld {
                owe(.silence, node, address, after: ledger.bounds.lingering, ledger)
            }
            violations += taking(node, address, "claims", ledger)
        case .answerBegan(let node, let address):
            violations += taking(node, address, "answers for", ledger)
        case .faultBegan(let fault) where fault.verb == .usurp:
            debts.removeAll { $0.kind == .answer && $0.address == fault.address }
        case .faultEnded(let fault) where fault.verb == .usurp:
            guard let address = fault.address, !ledger.isUsurped(address),
                let yielder = ledger.yielders[address], yielder.wasStrong
            else { break }
            owe(.answer, yielder.node, address, after: ledger.bounds.reclaim, ledger)
        default: break
        }
        return violations
    }

    /// Not on one link of several while it still listens on another.
    private func answersEverywhere(_ node: Int, _ ledger: Ledger) -> Bool {
        ledger.plan.links == 1
            || ledger.now > ledger.troubles.lastResumed[node] + ledger.bounds.grace
    }

    private mutating func owe(
        _ kind: Debt.Kind, _ node: Int, _ address: Int, after wait: Duration, _ ledger: Ledger
    ) {
        debts.append(Debt(kind: kind, address: address, node: node, due: ledger.now + wait))
    }

    private func judge(_ debt: Debt, _ ledger: Ledger) -> Violation? {
        switch debt.kind {
        case .silence:
            let goesOn = ledger.answering[debt.address].contains {
                $0.node == debt.node && $0.since <= debt.due
            }
            guard goesOn else { return nil }
            return ledger.violation(
                "m", address: debt.address, nodes: [debt.node],
                "answers for an address that a foreign host was heard to use")
        case .answer:
            let answering = ledger.answering[debt.address].map(\.node)
            guard answering != [debt.node], !ledger.isUsurped(debt.address),
                isUntouched(debt.node, ledger), isLeftAlone(debt.address, ledger)
            else { return nil }
            return ledger.violation(
                "m", address: debt.address, nodes: [debt.node],
                "is not answered for by the node that yielded it, though the foreign host is gone")
        }
    }

    /// A node claims or answers for what a foreign host uses and another node, or it itself, yielded.
    private func taking(
        _ node: Int, _ address: Int, _ verb: String, _ ledger: Ledger
    ) -> [Violation] {
        guard ledger.isUsurped(address), let yielder = ledger.yielders[address],
            isUntouched(node, ledger), isLeftAlone(address, ledger), isHeardByAll(ledger),
            ledger.troubles.lastStarted[node] + ledger.bounds.grace < yielder.at,
            ledger.troubles.severedAt(node, yielder.node) == nil
        else { return [] }
        // Who takes over from one that died or gave it away may claim, and asks the wire first.
        if verb == "claims" {
            guard node != yielder.node, isUntouched(yielder.node, ledger), yielder.wasStrong else {
                return []
            }
        }
        return [
            ledger.violation(
                "m", address: address, nodes: [node],
                "\(verb) what \(ledger.plan.name(yielder.node)) yielded to a foreign host")
        ]
    }

    private func isUntouched(_ node: Int, _ ledger: Ledger) -> Bool {
        !ledger.troubles.isTouched[node] && !ledger.troubles.isEverythingTouched
    }

    /// Nothing but foreign hosts befalls the address.
    private func isLeftAlone(_ address: Int, _ ledger: Ledger) -> Bool {
        ledger.truth[address] != nil
            && ledger.plan.faults.allSatisfy { $0.address != address || $0.verb == .usurp }
    }

    /// No frame is lost, and no partition has the foreign host on one side.
    private func isHeardByAll(_ ledger: Ledger) -> Bool {
        ledger.plan.lossPerMillion == 0
            && ledger.plan.faults.allSatisfy {
                $0.verb != .lose && !($0.verb == .partition && $0.withClients)
            }
    }
}
