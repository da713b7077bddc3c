import Timing
import Wire

// Free addresses and who takes them (rules 5, 8 and 10).
extension Ownership {
    /// No claim to it counts: it may be claimed by whoever is the best candidate.
    func isTakeable(_ slot: Int, at now: Instant) -> Bool {
        guard let facts = slots[slot].facts, !facts.isHeldByNobody, slots[slot].own == nil,
            slots[slot].vouchedUntil == nil
        else { return false }
        return slots[slot].rivals.allSatisfy { standing(of: $0, slot) != .stands }
    }

    /// What a peer's claim is worth to this node.
    enum Standing: Hashable, Sendable {
        case stands
        /// Its owner is not heard on a link of the address, or is deaf, or does not know us.
        case silent
        /// Its owner gives it away.
        case offered
        /// Its owner is cut off from the API, and a fresh view forbids it.
        case overruled
    }

    func standing(of rival: RivalClaim, _ slot: Int) -> Standing {
        guard peers[rival.node].echoesUs, isOwnerHeard(rival.node, slot) else { return .silent }
        let flags = peers[rival.node].flags
        let givesAll = !flags.isDisjoint(with: .givingAll)
        if rival.claim.isOffered || givesAll { return .offered }
        if flags.contains(.stale), view.isFresh, !slots[slot].allowed.contains(rival.node) {
            return .overruled
        }
        return .stands
    }

    /// Heard, with ears of its own, on one of the address's links that run; on any link, as it was
    /// last heard there, when this node has none that does.
    private func isOwnerHeard(_ node: Int, _ slot: Int) -> Bool {
        segments.indices.contains { index in
            guard node < segments[index].members.count,
                let member = segments[index].members[node], member.isLive, !member.isDeaf
            else { return false }
            return segments[index].isRunning
                && slots[slot].links.contains(segments[index].link) || !hasRunningLink(slot)
        }
    }

    /// A link of the address runs, ready or not.
    func hasRunningLink(_ slot: Int) -> Bool {
        slots[slot].links.contains { segmentIndex($0).map { segments[$0].isRunning } ?? false }
    }

    /// Claims what is this node's turn now, and finds when the next turn comes.
    ///
    /// A claim that was heard for a free address changes no other's place in the plan: the plan is
    /// made again only when an address became free, a candidate changed or a turn has come.
    mutating func place(_ touched: [Int], at now: Instant) {
        let isTurn = planDue.map { $0 <= now } ?? false
        guard isPlanDirty || isTurn || touched.contains(where: { slots.isFree($0) })
        else { return }
        isPlanDirty = false
        planDue = nil
        guard gate.isOpen, view.isLoaded else { return }
        let plan = makePlan(at: now)
        let waits = plan.fields.map { wait(for: $0) }
        if let idle = plan.idle, idle.waits == waits, idle.until.map({ now < $0 }) ?? true {
            planDue = idle.until
            return
        }
        var isIdle = true
        for turn in plan.turns {
            if let rank = turn.rank {
                let isWaiting = !consider(turn, rank: rank, wait: waits[turn.field], at: now)
                isIdle = isIdle && isWaiting
            } else {
                slots[turn.slot].candidacy = nil
            }
        }
        self.plan?.idle = isIdle ? .init(waits: waits, until: planDue) : nil
    }

    /// Which turn this node has at each free address: the last plan, when nothing changed that it
    /// depends on.
    private mutating func makePlan(at now: Instant) -> PlacementPlan {
        let loads = loads()
        if let plan, plan.revision == slots.revision, plan.loads == loads,
            plan.fields.allSatisfy({ candidates(likeThoseOf: $0.example) == $0.candidates })
        {
            return plan
        }
        var next = PlacementPlan(slots, loads: loads) { candidates(likeThoseOf: $0) }
        next.noteChanges(since: plan, at: now)
        next.place(slots, groups: groups.count)
        plan = next
        return next
    }

    private func wait(for field: PlacementPlan.Field) -> PlacementPlan.Wait {
        var wait = PlacementPlan.Wait()
        let links = field.key.links
        for index in segments.indices where links.contains(segments[index].link) {
            if segments[index].hasMembers { wait.delay = Self.claimDelay }
            wait.until = later(wait.until, segments[index].holdsUntil)
            for node in nodes.peerIndexes where segments[index].isHeard(node) {
                let since = peers[node].incompleteSince
                wait.untilSettled = later(wait.untilSettled, since.map { $0 + Self.rankStepMin })
            }
        }
        wait.untilSettled = later(
            wait.untilSettled, field.candidatesChangedAt.map { $0 + wait.delay })
        return wait
    }

    /// The candidate of rank r waits r times the step. True when the turn has come and nothing
    /// blocks the address.
    private mutating func consider(
        _ turn: PlacementPlan.Turn, rank: Int, wait: PlacementPlan.Wait, at now: Instant
    ) -> Bool {
        let slot = turn.slot
        var candidacy = slots[slot].candidacy ?? Candidacy(rank: rank, at: now)
        candidacy.take(rank: rank, at: now)
        slots[slot].candidacy = candidacy
        guard let start = start(slot, candidacy, wait) else { return false }
        let due = start + rankStep * rank
        guard due <= now else {
            planDue = earlier(planDue, due)
            return false
        }
        if let askAgain = awaitsWire(slot, at: now) {
            planDue = earlier(planDue, askAgain)
            return true
        }
        let isInStead = rank > 0 && !hasDeclined(turn.first, slot, within: rankStep * rank, at: now)
        claim(
            slot, isStrong: !isInStead && isStrong(slot, at: now), isInStead: isInStead,
            cause: causeOfClaim(slot), at: now)
        return true
    }

    /// When the best candidate's turn is, from which the others count theirs: if several had waited
    /// for one instant, each would claim then. Nil: not before the view is fresh.
    private func start(
        _ slot: Int, _ candidacy: Candidacy, _ wait: PlacementPlan.Wait
    ) -> Instant? {
        var start = candidacy.rankedSince + wait.delay
        if let settled = wait.untilSettled {
            start = max(start, min(settled, candidacy.since + wait.delay + Self.rankStepMin))
        }
        if let until = wait.until { start = max(start, until) }
        switch slots[slot].block {
        case .until(let until): return max(start, until)
        case .untilFresh: return nil
        case nil: return start
        }
    }

    /// The best candidate was heard since its turn came, and did not claim the address. One that was
    /// not may have claimed it beyond a cut that is too young to be noticed.
    private func hasDeclined(
        _ best: Int?, _ slot: Int, within time: Duration, at now: Instant
    ) -> Bool {
        let links = slots[slot].links
        return segments.contains { segment in
            guard links.contains(segment.link), let member = best.flatMap({ segment.member($0) })
            else { return false }
            return member.isHeard && now - member.lastHeard <= time
        }
    }

    private var rankStep: Duration {
        max(configuration.profile.period, Self.rankStepMin)
    }

    /// Where there are peers, what is free must stay so for this long: a loop that stood still reads
    /// one waiting hello after another, and the claim may be in the next.
    static let claimDelay: Duration = .milliseconds(2)
    /// More than scheduling jitter: candidates' turns must differ by what a busy host may lose.
    static let rankStepMin: Duration = .milliseconds(20)

    func loads() -> [Int] {
        var loads = peers.map { Int($0.held.count) }
        loads[NodeDirectory.ownIndex] = Int(slots.ownDigest.count)
        return loads
    }

    /// The candidates for every address of the slot's group and links.
    func candidates(likeThoseOf slot: Int) -> [Placement.Candidate] {
        let links = slots[slot].links
        let preferences = slots[slot].facts?.preferences ?? [:]
        return nodes.names.indices.filter { isCandidate($0, slot, links) }.map { node in
            Placement.Candidate(
                node: node, tag: nodes.tags[node],
                isHindered: node == NodeDirectory.ownIndex
                    ? !view.isFresh || steadiness.isUnsteady || unheardUntil != nil
                    : !peers[node].flags.isDisjoint(with: .hindering),
                preference: preferences.isEmpty ? 0 : preferences[nodes.names[node]] ?? 0)
        }
    }

    private func isCandidate(_ node: Int, _ slot: Int, _ links: [Int32]) -> Bool {
        guard slots[slot].allowed.contains(node) else { return false }
        guard node == NodeDirectory.ownIndex ? !gives : Peer.isServing(peers[node].flags) else {
            return false
        }
        return segments.indices.contains { index in
            guard links.contains(segments[index].link) else { return false }
            guard node != NodeDirectory.ownIndex else {
                return segments[index].isReady && !segments[index].isDeaf
                    && !segments[index].isMute
            }
            guard segments[index].isRunning, node < segments[index].members.count,
                let member = segments[index].members[node]
            else { return false }
            return member.isHeard && !member.isDeaf
        }
    }

    private func causeOfClaim(_ slot: Int) -> OwnershipCause {
        var best: (rank: ClaimRank, cause: OwnershipCause)?
        for rival in slots[slot].rivals {
            let rank = rank(rival.claim.epoch, rival.claim.isStrong, slot, node: rival.node)
            if let known = best, rank < known.rank { continue }
            let cause: OwnershipCause =
                switch standing(of: rival, slot) {
                case .offered: .handedOver
                case .overruled: .overruled
                case .silent, .stands: .ownerDead
                }
            best = (rank, cause)
        }
        return best?.cause ?? .claimedFree
    }
}
