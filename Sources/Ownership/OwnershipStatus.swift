import Addressing
import Timing
import Wire

// What may be asked between two events, and what is reported when it changes.
extension Ownership {
    /// What is answered for now; equals the last `publish`.
    package var answers: AnswerTable { published }

    /// This node listens and claims nothing yet.
    package var isStarting: Bool { gate.isStarting }

    /// Every address of the view, ascending.
    package func addressStatuses() -> [AddressStatus] {
        slots.ordered.compactMap { slots[$0].facts == nil ? nil : slots[$0].status }
    }

    mutating func reportStatus(_ slot: Int, at now: Instant) {
        guard slots[slot].facts != nil else {
            guard slots[slot].status != nil else { return }
            slots[slot].status = nil
            outbox.append(.report(.addressForgotten(slots[slot].address)))
            noteOwnerChange(slot, at: now)
            return
        }
        let (state, owner, epoch) = ownership(slot)
        let old = slots[slot].status
        guard old?.state != state || old?.owner != owner || old?.epoch != epoch else { return }
        let status = AddressStatus(
            address: slots[slot].address, state: state, owner: owner, epoch: epoch,
            cause: slots[slot].cause, since: now)
        slots[slot].status = status
        outbox.append(.report(.addressChanged(status)))
        noteOwnerChange(slot, at: now)
    }

    private func ownership(_ slot: Int) -> (AddressState, String?, UInt32) {
        if let own = slots[slot].own {
            guard !own.isWithheld else { return (.unowned(.conflict), nil, own.epoch) }
            return (.announced, configuration.node, own.epoch)
        }
        var highest: (rank: ClaimRank, rival: RivalClaim)?
        for rival in slots[slot].rivals where isAnswered(rival, slot) {
            let rank = rank(of: rival, slot)
            if highest.map({ $0.rank < rank }) ?? true { highest = (rank, rival) }
        }
        if let rival = highest?.rival {
            guard !rival.claim.isWithheld else {
                return (.unowned(.conflict), nil, rival.claim.epoch)
            }
            return (.announced, nodes.names[rival.node], rival.claim.epoch)
        }
        return (.unowned(unownedReason(slot)), nil, slots[slot].epochSeen)
    }

    private func isAnswered(_ rival: RivalClaim, _ slot: Int) -> Bool {
        standing(of: rival, slot) != .silent
    }

    func rank(of rival: RivalClaim, _ slot: Int) -> ClaimRank {
        var rank = rank(rival.claim.epoch, rival.claim.isStrong, slot, node: rival.node)
        rank.isOffered = rival.claim.isOffered
        return rank
    }

    private func unownedReason(_ slot: Int) -> UnownedReason {
        guard let facts = slots[slot].facts else { return .noCandidate }
        guard facts.isAnnounced else { return .notAnnounced }
        switch facts.eligibility {
        case .nobody(.noEndpoints): return .noEndpoints
        case .nobody(.noCommonNode): return .noCommonNode
        case .nobody(.noCandidate): return .noCandidate
        case .nodes: return slots[slot].links.isEmpty ? .noLink : .noCandidate
        }
    }
}
