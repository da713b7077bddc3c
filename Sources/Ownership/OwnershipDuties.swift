import Timing

// What an owner owes: to give away what it may not hold (rule 8), to stop what nobody may hold.
extension Ownership {
    /// This node gives away everything.
    var gives: Bool {
        isDraining || leavingSince != nil || isDuplicate || (view.lacksOwnNode && view.isFresh)
    }

    mutating func settleSlot(_ slot: Int, at now: Instant) {
        expire(slot, at: now)
        settleRivals(slot, at: now)
        contradict(slot, at: now)
        settleOwn(slot, at: now)
        settleFree(slot, at: now)
    }

    private mutating func expire(_ slot: Int, at now: Instant) {
        if let until = slots[slot].lingersUntil, until <= now {
            slots[slot].lingersUntil = nil
            areAnswersDirty = true
        }
        if let until = slots[slot].own?.silentUntil, until <= now {
            slots[slot].own?.silentUntil = nil
            areAnswersDirty = true
        }
        if let record = slots[slot].yielded, record.until <= now { slots[slot].yielded = nil }
        if let record = slots[slot].vouched, record.until <= now { slots[slot].vouched = nil }
        if let record = slots[slot].gone, record.until <= now { slots[slot].gone = nil }
        if let until = slots[slot].vouchedUntil, until <= now { endVouch(slot, at: now) }
        if case .until(let until) = slots[slot].block, until <= now { slots[slot].block = nil }
    }

    private mutating func endVouch(_ slot: Int, at now: Instant) {
        guard isOwnedOutOfHearing(slot, at: now) else {
            slots[slot].vouchedUntil = nil
            slots[slot].vouchedOwner = nil
            return
        }
        let until = now + configuration.profile.detectionTime
        slots[slot].vouchedUntil = until
        wakes.add(slot, at: until)
    }

    private mutating func settleOwn(_ slot: Int, at now: Instant) {
        guard let own = slots[slot].own else { return }
        watchFindings(slot, at: now)
        guard let facts = slots[slot].facts, !facts.isHeldByNobody else {
            return release(slot, cause: .withdrawn, at: now)
        }
        guard let reason = offerReason(slot, at: now) else {
            keep(slot, own, at: now)
            return strengthen(slot, at: now)
        }
        if own.offer?.reason == .rebalancing { takeBackOffer(slot, at: now) }
        if reason == .unheard { noteUnheard(at: now) }
        offer(slot, reason, at: now)
        guard let offer = slots[slot].own?.offer, now >= offer.since + Self.successorWaitMax,
            !offer.isReported
        else { return }
        if reason == .notEligible { return release(slot, cause: .withdrawn, at: now) }
        slots[slot].own?.offer?.isReported = true
        outbox.append(.report(.keptForLackOfSuccessor(slots[slot].address)))
    }

    /// Only a rebalancing offer stands although this node may hold the address, and for a while.
    private mutating func keep(_ slot: Int, _ own: OwnClaim, at now: Instant) {
        guard let offer = own.offer else { return }
        if offer.reason == .rebalancing, now < offer.since + Self.successorWaitMax { return }
        takeBackOffer(slot, at: now)
    }

    /// Why this node is to give the address away, nil when it is not.
    private func offerReason(_ slot: Int, at now: Instant) -> OwnClaim.Reason? {
        if gives { return .draining }
        guard mayHold(slot) else { return .notEligible }
        if isToBePassedOn(slot, at: now) { return .unheard }
        return steadiness.isUnsteady && hasSteadyCandidate(slot) ? .unsteady : nil
    }

    /// The view allows this node, and a running link is there for the address.
    func mayHold(_ slot: Int) -> Bool {
        slots[slot].allowed.contains(NodeDirectory.ownIndex) && hasRunningLink(slot)
    }

    private mutating func settleFree(_ slot: Int, at now: Instant) {
        let isFree = isTakeable(slot, at: now)
        if isFree, slots[slot].freeSince == nil {
            slots[slot].freeSince = now
        } else if !isFree {
            slots[slot].freeSince = nil
            slots[slot].candidacy = nil
        }
    }
}

extension AddressFacts {
    /// No node may answer, whatever happens on the segment.
    var isHeldByNobody: Bool {
        if case .nobody = eligibility { return true }
        return !isAnnounced
    }
}
