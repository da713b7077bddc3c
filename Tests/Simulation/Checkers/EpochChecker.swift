import Ownership
import Timing
import Wire

/// (f) Epochs only grow per address: those that a node claims while it runs, and from one owner to
/// the next where the two can hear each other.
package struct EpochChecker: Checker {
    private var highest: [[Int: UInt32]] = []

    package init() {}

    package mutating func observe(
        _ observation: Observation, in ledger: Ledger
    ) -> [Violation] {
        if highest.isEmpty { highest = Array(repeating: [:], count: ledger.nodeCount) }
        switch observation {
        case .started(let node):
            highest[node] = [:]
        case .claimStated(let node, let claim, let address, _):
            let before = highest[node][address] ?? 0
            highest[node][address] = max(before, claim.epoch)
            guard claim.epoch < before else { return [] }
            return [
                ledger.violation(
                    "f", address: address, nodes: [node],
                    "claims epoch \(claim.epoch) after epoch \(before)")
            ]
        case .answerBegan, .answerCeased:
            return move(ledger)
        default: break
        }
        return []
    }

    /// An owner that takes over from one it could hear claims no lower epoch.
    ///
    /// A machine that stood still with its clock cannot know that it did: it answers with the claims
    /// of that time until its loop has read the hellos that wait, which is no claim.
    private func move(_ ledger: Ledger) -> [Violation] {
        guard let move = ledger.latestMove, let from = move.from,
            !ledger.troubles.isSevered(from, move.to),
            ledger.now > ledger.troubles.lastMended(from, move.to) + ledger.bounds.grace,
            !isWaking(move.to, ledger), !couldNotKnow(move.to, of: from, ledger),
            let old = ledger.claims[from][move.address],
            let new = ledger.claims[move.to][move.address], new.epoch < old.epoch
        else { return [] }
        return [
            ledger.violation(
                "f", address: move.address, nodes: [from, move.to],
                "epoch \(new.epoch) took over from epoch \(old.epoch)")
        ]
    }

    /// A node that started after the owner fell silent, or within a period before, may never have heard
    /// its epoch; it gives way when the owner is heard again.
    private func couldNotKnow(_ node: Int, of owner: Int, _ ledger: Ledger) -> Bool {
        let hello = ledger.troubles.lastStarted[node] + ledger.plan.profile.hello.period
        return ledger.troubles.silentSince[owner].map { $0 <= hello } ?? false
    }

    private func isWaking(_ node: Int, _ ledger: Ledger) -> Bool {
        ledger.troubles.isStanding(node)
            || ledger.now <= ledger.troubles.lastResumed[node] + ledger.bounds.resumed
    }
}
