import Timing

// Evening out what sticky claims left uneven (rule 12).
extension Ownership {
    /// A run ends when nothing moved for so long.
    static let rebalanceQuietMax: Duration = .seconds(5)
    /// A command is repeated in hellos for so long.
    static let rebalanceSaidFor: Duration = .seconds(1)
    /// Periods between two moves by itself; one after a command.
    static let periodsBetweenMoves = 20

    struct Rebalance: Hashable, Sendable {
        /// A command's run; nil between runs.
        var quietSince: Instant?
        /// Until then hellos tell the others.
        var isSaidUntil: Instant?
        /// No further offer before.
        var notBefore = Instant.zero
    }

    mutating func startRebalancing(at now: Instant) {
        rebalance.quietSince = now
        isAllDirty = true
    }

    mutating func commandRebalance(at now: Instant) {
        startRebalancing(at: now)
        rebalance.isSaidUntil = now + Self.rebalanceSaidFor
        owesHello = true
    }

    /// Offers one address when this node has two more than the least loaded candidate, of those
    /// that have the same candidates, and nobody has more.
    mutating func rebalanceOne(at now: Instant) {
        if let until = rebalance.isSaidUntil, until <= now { rebalance.isSaidUntil = nil }
        if let since = rebalance.quietSince, now - since >= Self.rebalanceQuietMax {
            rebalance.quietSince = nil
        }
        guard rebalance.quietSince != nil || configuration.rebalancesByItself, gate.isOpen,
            !gives, now >= rebalance.notBefore, !segments.allSatisfy(\.isAlone),
            !slots.ordered.contains(where: { slots[$0].freeSince != nil })
        else { return }
        let owned = slots.owned
        guard !owned.contains(where: { slots[$0].own?.offer != nil }),
            let slot = slotToMove(owned)
        else { return }
        offer(slot, .rebalancing, at: now)
        rebalance.notBefore = now + Self.successorWaitMax
    }

    /// What was even when it was last looked at: nothing is to be moved while it stays as it is.
    struct Balance: Sendable {
        /// The `revision` of the slots.
        let revision: UInt64
        let loads: [Int]
        /// One slot of each group that this node has, and the candidates of its like.
        var judged: [(slot: Int, candidates: [Placement.Candidate])] = []
    }

    private mutating func slotToMove(_ owned: [Int]) -> Int? {
        let loads = loads()
        if let balance, balance.revision == slots.revision, balance.loads == loads,
            balance.judged.allSatisfy({ candidates(likeThoseOf: $0.slot) == $0.candidates })
        {
            return nil
        }
        var next = Balance(revision: slots.revision, loads: loads)
        let slot = unevenSlot(owned, &next)
        balance = slot == nil ? next : nil
        return slot
    }

    private func unevenSlot(_ owned: [Int], _ balance: inout Balance) -> Int? {
        var isOwned = [Bool](repeating: false, count: groups.count)
        for slot in owned where slots[slot].facts != nil { isOwned[slots[slot].group] = true }
        let placement = Placement(
            loads: balance.loads,
            groupLoads: slots.loads(inGroups: isOwned, nodes: balance.loads.count))
        var isJudged = [Bool](repeating: false, count: groups.count)
        return owned.first { slot in
            let group = slots[slot].group
            guard slots[slot].facts != nil, !isJudged[group] else { return false }
            isJudged[group] = true
            let candidates = candidates(likeThoseOf: slot)
            balance.judged.append((slot, candidates))
            guard let own = candidates.first(where: { $0.node == NodeDirectory.ownIndex }),
                let next = placement.best(
                    of: candidates.filter { $0.node != own.node },
                    for: .init(hash: slots[slot].hash, group: group)),
                !next.isHindered || own.isHindered, next.preference >= own.preference
            else { return false }
            let mine = placement.load(own.node, inGroup: group)
            let isMost = candidates.allSatisfy {
                let load = placement.load($0.node, inGroup: group)
                return load < mine
                    || (load == mine && nodes.names[own.node] <= nodes.names[$0.node])
            }
            return isMost && mine - placement.load(next.node, inGroup: group) >= 2
        }
    }

    /// The successor was heard: the next move may follow after a period.
    mutating func noteMove(at now: Instant) {
        if rebalance.quietSince != nil { rebalance.quietSince = now }
        let periods = rebalance.quietSince != nil ? 1 : Self.periodsBetweenMoves
        rebalance.notBefore = now + configuration.profile.period * periods
        isAllDirty = true
    }
}
