import Addressing
import Timing
import Wire

// Taking, keeping and giving up this node's own claims.
extension Ownership {
    /// The rank of this node's claim, nil without one.
    func ownRank(_ slot: Int) -> ClaimRank? {
        slots[slot].own.map { own in
            var rank = rank(own.epoch, own.isStrong, slot, node: NodeDirectory.ownIndex)
            rank.isOffered = own.offer != nil
            return rank
        }
    }

    func rank(_ epoch: UInt32, _ isStrong: Bool, _ slot: Int, node: Int) -> ClaimRank {
        ClaimRank(
            epoch: epoch, isStrong: isStrong,
            rendezvous: StableHash.rendezvous(address: slots[slot].hash, node: nodes.tags[node]))
    }

    mutating func claim(
        _ slot: Int, isStrong: Bool, isInStead: Bool, cause: OwnershipCause, at now: Instant
    ) {
        let epoch = ClaimRank.epoch(afterSeeing: slots[slot].epochSeen, isStrong: isStrong)
        noteTakenFromUnheard(slot, at: now)
        let silentUntil =
            cause == .claimedFree && mayMeetRivals(slot) ? now + Self.claimSilence : nil
        slots.setOwn(
            slot,
            OwnClaim(
                epoch: epoch, isStrong: isStrong, isInStead: isInStead, claimedAt: now,
                restsOnSilence: slots[slot].wire.isUnanswered(
                    within: configuration.profile.detectionTime, at: now),
                silentUntil: silentUntil))
        if let silentUntil { wakes.add(slot, at: silentUntil) }
        slots[slot].freeSince = nil
        slots[slot].lingersUntil = nil
        slots[slot].yielded = nil
        slots[slot].cause = cause
        if !isStrong { wakes.add(slot, at: now + configuration.profile.detectionTime) }
        noteOwnChange(slot, at: now)
        if isYielded(slot) { withholdNewClaim(slot, at: now) }
        announceAnew(slot, at: now)
    }

    /// Nodes were heard where the address is announced.
    private func mayMeetRivals(_ slot: Int) -> Bool {
        segments.contains { $0.hasMembers && slots[slot].links.contains($0.link) }
    }

    /// Stops at once, or after the linger of a hand-over, and says so for D.
    mutating func release(
        _ slot: Int, cause: OwnershipCause, lingersUntil: Instant? = nil, at now: Instant
    ) {
        guard let own = slots[slot].own else { return }
        slots.setOwn(slot, nil)
        slots[slot].cause = cause
        slots[slot].lingersUntil = lingersUntil
        if let lingersUntil { wakes.add(slot, at: lingersUntil) }
        let until = now + configuration.profile.detectionTime
        slots[slot].yielded = .init(epoch: own.epoch, until: until)
        wakes.add(slot, at: until)
        recordSlots.insert(slot)
        if own.offer?.reason == .rebalancing { noteMove(at: now) }
        for index in segments.indices { segments[index].schedule.stop(slots[slot].address) }
        if own.isWithheld { _ = reclaims.stop(slots[slot].address) }
        noteOwnChange(slot, at: now)
    }

    mutating func offer(_ slot: Int, _ reason: OwnClaim.Reason, at now: Instant) {
        guard var own = slots[slot].own, own.offer == nil else { return }
        own.offer = .init(since: now, reason: reason)
        slots.setOwn(slot, own)
        wakes.add(slot, at: now + Self.successorWaitMax)
        noteOwnChange(slot, at: now)
    }

    mutating func takeBackOffer(_ slot: Int, at now: Instant) {
        guard var own = slots[slot].own, own.offer != nil else { return }
        own.offer = nil
        slots.setOwn(slot, own)
        noteOwnChange(slot, at: now)
    }

    /// How long the claim of a free address is stated before it is answered for: more than a hello
    /// there and one back, 0.5 ms each, and the loops between them.
    static let claimSilence: Duration = .milliseconds(2)
    /// How long an offered claim waits for a successor (rule 8).
    static let successorWaitMax: Duration = .seconds(1)
    /// How long the old owner answers after it heard the successor: requests in flight (rule 8).
    static let linger: Duration = .milliseconds(3)

    /// Answers, hellos and the reports follow a change of an own claim.
    mutating func noteOwnChange(_ slot: Int, at now: Instant) {
        areAnswersDirty = true
        owesHello = true
        changes.append((slot, now))
        dirtySlots.append(slot)
    }

    /// A weak claim, which would tie with that of any node that is cut off later, becomes a strong one
    /// once its maker hears most of all nodes that it ever met and knows of no other claim but those
    /// of the dead.
    ///
    /// One that was made in a better candidate's stead outranks what that one may have claimed, beyond
    /// a cut that it had not noticed, by a strong claim of the next epoch; not before D has shown who
    /// of the two was cut off.
    mutating func strengthen(_ slot: Int, at now: Instant) {
        guard var own = slots[slot].own, !own.isStrong, own.offer == nil else { return }
        let wait = configuration.profile.detectionTime
        wakes.add(slot, at: now + wait)
        guard !own.isInStead || now >= own.claimedAt + wait else { return }
        guard slots[slot].rivals.allSatisfy({ own.isInStead && isDead($0.node) }),
            slots[slot].vouchedUntil == nil,
            segments.contains(where: {
                $0.isReady && slots[slot].links.contains($0.link) && isSettled($0, at: now)
            })
        else { return }
        own.isStrong = true
        own.epoch = ClaimRank.epoch(afterSeeing: slots[slot].epochSeen, isStrong: true)
        if own.isInStead { own.epoch = ClaimRank.epoch(afterSeeing: own.epoch, isStrong: true) }
        own.isInStead = false
        slots.setOwn(slot, own)
        noteOwnChange(slot, at: now)
    }

    /// It was heard, and is called dead on every link.
    private func isDead(_ node: Int) -> Bool {
        segments.allSatisfy { $0.member(node).map { !$0.isLive } ?? true }
    }

    /// Peers are heard, most of all that were ever met, and whoever may have been cut off had D to be
    /// heard again since the last one was: a node that started anew beyond the cut may be the first,
    /// and with it most are heard before any of those that have claims.
    private func isSettled(_ segment: Segment, at now: Instant) -> Bool {
        let wait = configuration.profile.detectionTime
        guard segment.holdsUntil.map({ now >= $0 + wait }) ?? true,
            segment.stirredAt.map({ now >= $0 + wait }) ?? true
        else { return false }
        return !segment.isAlone && segment.hearsMost(at: now, remembering: nil)
    }

    /// Everything that is held on the link is announced anew: others may have announced last.
    mutating func announceAll(on index: Int, at now: Instant) {
        for slot in slots.owned where slots[slot].links.contains(segments[index].link) {
            announceAnew(slot, at: now)
        }
    }

    /// The burst begins anew on every link that is ready.
    mutating func announceAnew(_ slot: Int, at now: Instant) {
        announceAnew(slot, on: slots[slot].links, at: now)
    }

    /// The same on some of the address's links.
    mutating func announceAnew(_ slot: Int, on links: [Int32], at now: Instant) {
        guard let own = slots[slot].own, !own.isWithheld else { return }
        for index in segments.indices
        where segments[index].isReady && links.contains(segments[index].link) {
            segments[index].schedule.start(slots[slot].address, at: own.silentUntil ?? now)
        }
    }
}
