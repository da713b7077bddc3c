import Ownership
import Timing
import Wire

// Test-only faults: where the world does what it should not, so that a checker has to see it.
extension World {
    private static let chatterTime: Duration = .milliseconds(100)

    mutating func prepareSabotage() {
        switch sabotage {
        case .secretDrain(_, let at): queue.schedule(.sabotage, at: at)
        case .chatter: queue.schedule(.sabotage, at: plan.started)
        default: break
        }
    }

    mutating func strike() {
        switch sabotage {
        case .secretDrain(let node, _):
            nodes[node].isDrained = true
            catchUp(node)
        case .chatter(let node):
            queue.schedule(.sabotage, at: now + Self.chatterTime)
            for entry in nodes[node].table.entries {
                announce([entry.address], link: entry.link, from: node)
            }
        default: break
        }
    }

    /// What the responder is made to answer for.
    func sabotaged(_ table: AnswerTable, of index: Int) -> AnswerTable {
        guard sabotage == .answersForever(node: index) else { return table }
        let entries = (table.entries + nodes[index].table.entries).map {
            AnswerTable.Entry(link: $0.link, address: $0.address)
        }
        return AnswerTable(Array(Set(entries)))
    }

    /// What a node is made to hear.
    func sabotaged(heard hello: Hello, by index: Int) -> Hello {
        guard case .claimsUnheard(index, let from) = sabotage, now >= from else { return hello }
        var mute = hello
        mute.claims = []
        mute.claimCount = 0
        mute.claimDigest = 0
        mute.yields = []
        mute.vouched = []
        return mute
    }

    /// What a node is made to say.
    func sabotaged(said hello: Hello, by index: Int) -> Hello {
        guard sabotage != .findingsUntold else { return withoutFindings(hello) }
        guard case .epochsFall(index, let at) = sabotage, now >= at else { return hello }
        var older = hello
        older.claimDigest ^= 1
        for claim in older.claims.indices where older.claims[claim].epoch > 0 {
            older.claims[claim].epoch -= 1
        }
        return older
    }

    private func withoutFindings(_ hello: Hello) -> Hello {
        var silent = hello
        silent.findings = []
        return silent
    }

    /// A node is made to announce what it answers for.
    mutating func defend(_ address: Int, by index: Int) {
        guard ledger.answers(index, address) else { return }
        announce(
            [Names.address(address, bothFamilies: plan.bothFamilies)],
            link: clientLink(of: address), from: index)
    }

    var losesAnnouncements: Bool {
        if case .announcementsLost(let from) = sabotage { return now >= from }
        return false
    }

    func isUntold(_ address: Int) -> Bool { sabotage == .addressUntold(address) }
}
