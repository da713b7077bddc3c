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
        let peer = peers[rival.node]
        guard peer.echoesUs, isOwnerHeard(rival.node, slot) else { return .silent }
        let givesAll = !peer.flags.isDisjoint(with: .givingAll)
        if rival.claim.isOffered || givesAll { return .offered }
        if peer.flags.contains(.stale), view.isFresh, !slots[slot].allowed.contains(rival.node) {
            return .overruled
        }
        return .stands
    }

    /// Heard, with ears of its own, on one of the address's links; on any link when this node has
    /// none for the address.
    private func isOwnerHeard(_ node: Int, _ slot: Int) -> Bool {
        let links = slots[slot].links
        return segments.contains { segment in
            guard links.isEmpty || links.contains(segment.link),
                let member = segment.member(node)
            else { return false }
            return member.isLive && !member.isDeaf
        }
    }

    /// Claims what is this node's turn now, and finds when the next turn comes.
    ///
    /// A claim that was heard for a free address changes no other's place in the plan: the plan is
    /// made again only when an address became free, a candidate changed or a turn has come.
    mutating func place(_ touched: [Int], at now: Instant) {
        let isTurn = planDue.map { $0 <= now } ?? false
        guard isPlanDirty || isTurn || touched.contains(where: { slots[$0].freeSince != nil })
        else { return }
        isPlanDirty = false
        planDue = nil
        guard gate.isOpen, view.isLoaded else { return }
        let free = slots.ordered.filter { slots[$0].freeSince != nil }
        guard !free.isEmpty else { return }
        var placement = Placement(loads: loads(), groupLoads: groupLoads())
        var known: [CandidatesKey: [Placement.Candidate]] = [:]
        for slot in free {
            let group = slots[slot].group
            let key = CandidatesKey(group: group, links: slots[slot].links)
            let inGroup = known[key] ?? candidates(likeThoseOf: slot)
            known[key] = inGroup
            let rank = placement.rank(
                of: NodeDirectory.ownIndex, among: withoutGivers(inGroup, of: slot),
                for: .init(hash: slots[slot].hash, group: group))
            guard let rank else {
                slots[slot].candidateSince = nil
                continue
            }
            consider(slot, rank: rank, at: now)
        }
    }

    /// Addresses that are alike in these have the same candidates.
    private struct CandidatesKey: Hashable {
        let group: Int
        let links: [Int32]
    }

    /// An owner that offers the address is left out.
    private func withoutGivers(
        _ candidates: [Placement.Candidate], of slot: Int
    ) -> [Placement.Candidate] {
        let givers = slots[slot].rivals.filter(\.claim.isOffered).map(\.node)
        return givers.isEmpty ? candidates : candidates.filter { !givers.contains($0.node) }
    }

    /// The candidate of rank r waits r times the step.
    private mutating func consider(_ slot: Int, rank: Int, at now: Instant) {
        let since = slots[slot].candidateSince ?? now
        slots[slot].candidateSince = since
        var due = since + rankStep * rank
        for segment in segments where slots[slot].links.contains(segment.link) {
            if segment.hasMembers { due = max(due, since + Self.claimDelay + rankStep * rank) }
            if let until = segment.holdsUntil { due = max(due, until) }
        }
        guard due <= now else {
            planDue = earlier(planDue, due)
            return
        }
        switch slots[slot].block {
        case .until(let until):
            planDue = earlier(planDue, until)
            return
        case .untilFresh: return
        case nil: break
        }
        if let askAgain = awaitsWire(slot, at: now) {
            planDue = earlier(planDue, askAgain)
            return
        }
        claim(slot, isStrong: isStrong(slot, at: now), cause: causeOfClaim(slot), at: now)
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

    /// Loads within each group of addresses with the same candidates.
    func groupLoads() -> [[Int]] {
        var loads = [[Int]](
            repeating: [Int](repeating: 0, count: peers.count), count: groups.count)
        for slot in slots.ordered where slots[slot].facts != nil {
            let group = slots[slot].group
            if slots[slot].own != nil { loads[group][NodeDirectory.ownIndex] += 1 }
            for rival in slots[slot].rivals { loads[group][rival.node] += 1 }
        }
        return loads
    }

    /// The candidates for every address of the slot's group and links.
    func candidates(likeThoseOf slot: Int) -> [Placement.Candidate] {
        let near = segments.filter { slots[slot].links.contains($0.link) }
        let preferences = slots[slot].facts?.preferences ?? [:]
        return nodes.names.indices.filter { isCandidate($0, slot, near) }.map { node in
            Placement.Candidate(
                node: node, tag: nodes.tags[node],
                isStale: node == NodeDirectory.ownIndex
                    ? !view.isFresh : peers[node].flags.contains(.stale),
                preference: preferences.isEmpty ? 0 : preferences[nodes.names[node]] ?? 0)
        }
    }

    private func isCandidate(_ node: Int, _ slot: Int, _ near: [Segment]) -> Bool {
        guard slots[slot].allowed.contains(node) else { return false }
        guard node != NodeDirectory.ownIndex else {
            return !gives && near.contains { $0.isReady && !$0.isDeaf && !$0.isMute }
        }
        return peers[node].isServing
            && near.contains { $0.isHeard(node) && !($0.member(node)?.isDeaf ?? true) }
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
