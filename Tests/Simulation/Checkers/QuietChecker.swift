import Ownership
import Timing

/// (k) Once settled only refreshes are sent: nobody begins, ceases or claims, each address is
/// announced at most once, and hellos go at their period.
///
/// A node to which so many hellos of another were lost in a row that it called that one dead, and
/// heard it again, announces what it has once more: that burst is no chatter.
package struct QuietChecker: Checker {
    private var since: Moment?
    private var announced: [Int: Int] = [:]
    private var hellos: [Int] = []

    package init() {}

    package mutating func observe(
        _ observation: Observation, in ledger: Ledger
    ) -> [Violation] {
        if case .reached(.quiet) = observation {
            since = ledger.now
            hellos = ledger.hellosSent
        }
        guard since != nil else { return [] }
        switch observation {
        case .answerBegan(let node, let address):
            return [wrong(ledger, address, node, "begins to answer in quiet")]
        case .answerCeased(let node, let address):
            return [wrong(ledger, address, node, "ceases to answer in quiet")]
        case .claimStated(let node, _, let address, _):
            return [wrong(ledger, address, node, "changes its claim in quiet")]
        case .announced(let node, let address):
            announced[address, default: 0] += 1
            guard let count = announced[address], count > Self.announcementsMax(ledger),
                ledger.lastLossRun[node] + Plan.burstTime < ledger.now
            else { return [] }
            return [wrong(ledger, address, node, "announces more than refreshes")]
        case .reached(.end):
            return endOfQuiet(ledger)
        default: return []
        }
    }

    private func wrong(
        _ ledger: Ledger, _ address: Int, _ node: Int, _ reason: String
    ) -> Violation {
        ledger.violation("k", address: address, nodes: [node], reason)
    }

    /// One refresh a minute and link, and quiet is shorter than that.
    private static func announcementsMax(_ ledger: Ledger) -> Int { ledger.plan.links }

    private func endOfQuiet(_ ledger: Ledger) -> [Violation] {
        guard let since else { return [] }
        let passed = ledger.now.nanoseconds - since.nanoseconds
        let periods = passed / ledger.plan.profile.hello.period.nanoseconds + 2
        let peers = ledger.plan.links * (ledger.nodeCount - 1)
        return hellos.indices.compactMap { node in
            let sent = ledger.hellosSent[node] - hellos[node]
            guard sent > Int(periods) * peers * 11 / 10 else { return nil }
            return ledger.violation(
                "k", nodes: [node],
                "sent \(sent) hellos in \(periods) periods to \(peers) peers")
        }
    }
}
