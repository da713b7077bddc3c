import Addressing
import Timing
import Wire

// The peers' claims and records (rules 6, 9 and 10).
extension Ownership {
    mutating func takeClaims(_ hello: Hello, of node: Int, at now: Instant) {
        guard !peers[node].isTableComplete else { return }
        if let coverage = hello.coverage {
            let stated = Set(hello.claims.map(\.address))
            for slot in peers[node].claimed.sorted()
            where coverage.contains(slots[slot].address) && !stated.contains(slots[slot].address) {
                dropRival(of: node, slot)
            }
        }
        for claim in hello.claims { setRival(claim, of: node, at: now) }
    }

    private mutating func setRival(_ claim: Hello.Claim, of node: Int, at now: Instant) {
        let slot = slots.demand(claim.address)
        if let index = slots[slot].rivals.firstIndex(where: { $0.node == node }) {
            let old = slots[slot].rivals[index].claim
            guard old != claim else { return }
            // It was found free, by a node that asked the wire.
            if old.isWithheld, !claim.isWithheld { slots[slot].isYielded = false }
            peers[node].held.remove(old, addressHash: slots[slot].hash)
            slots[slot].rivals[index] = RivalClaim(node: node, claim: claim)
        } else {
            slots[slot].rivals.append(RivalClaim(node: node, claim: claim))
            peers[node].claimed.insert(slot)
        }
        peers[node].held.insert(claim, addressHash: slots[slot].hash)
        slots[slot].epochSeen = max(slots[slot].epochSeen, claim.epoch)
        dirtySlots.append(slot)
        if !claim.isWithheld { reclaimSooner(slot, at: now) }
    }

    private mutating func dropRival(of node: Int, _ slot: Int) {
        guard let index = slots[slot].rivals.firstIndex(where: { $0.node == node }) else { return }
        let rival = slots[slot].rivals.remove(at: index)
        // Its maker may have forgotten it with its restart: the other host is there all the same.
        if rival.claim.isWithheld { slots[slot].isYielded = true }
        peers[node].held.remove(rival.claim, addressHash: slots[slot].hash)
        peers[node].claimed.remove(slot)
        dirtySlots.append(slot)
    }

    mutating func forgetClaims(of node: Int) {
        for slot in peers[node].claimed.sorted() { dropRival(of: node, slot) }
    }

    mutating func takeRecords(_ hello: Hello, of node: Int, at now: Instant) {
        for record in hello.yields { takeYield(record, of: node, at: now) }
        for record in hello.vouched { takeVouched(record, at: now) }
        for record in hello.gone { takeGone(record, at: now) }
        for record in hello.findings { takeFinding(record, of: node, at: now) }
    }

    /// The peer no longer answers; whoever holds the address speaks once more after it.
    private mutating func takeYield(_ record: Hello.Yield, of node: Int, at now: Instant) {
        guard let slot = slots.number(of: record.address) else { return }
        let held = slots[slot].rivals.first { $0.node == node }
        if let held, held.claim.epoch <= record.epoch, !peers[node].isTableComplete {
            dropRival(of: node, slot)
        }
        guard slots[slot].own != nil else { return }
        let former = slots[slot].yieldAnswered
        slots[slot].yieldAnswered = .init(node: node, epoch: record.epoch, lastSaid: now)
        let isRepeat =
            former?.node == node && former?.epoch == record.epoch
            && former.map { now - $0.lastSaid < configuration.profile.detectionTime } ?? false
        if !isRepeat { announceAnew(slot, at: now) }
    }

    /// A witness hears two claims and names the winner: it counts as live for D even for those who
    /// do not hear it.
    private mutating func takeVouched(_ record: Hello.Vouched, at now: Instant) {
        let slot = slots.demand(record.address)
        slots[slot].epochSeen = max(slots[slot].epochSeen, record.epoch)
        guard let owner = nodes.index(tag: record.ownerTag) else { return }
        guard owner != NodeDirectory.ownIndex else { return outshout(slot, at: now) }
        slots[slot].vouchedOwner = .init(node: owner, epoch: record.epoch, saidAt: now)
        let until = now + configuration.profile.detectionTime
        slots[slot].vouchedUntil = until
        wakes.add(slot, at: until)
        dirtySlots.append(slot)
        guard let own = ownRank(slot), rank(record.epoch, record.isStrong, slot, node: owner) > own
        else { return }
        surrender(slot, at: now)
    }

    /// A witness names this node, so another one claims the address that may not be heard here, and
    /// may have announced it: the last announcer must be the final owner.
    private mutating func outshout(_ slot: Int, at now: Instant) {
        let former = slots[slot].vouchedForUsAt
        slots[slot].vouchedForUsAt = now
        guard former.map({ now - $0 >= configuration.profile.detectionTime }) ?? true else {
            return
        }
        announceAnew(slot, at: now)
    }

    /// The owner that was vouched for is out of this node's hearing and in that of a peer's: it has
    /// the address until somebody else claims it. The witness falls silent once there is nothing to
    /// settle; without this the two would take the address from each other each D.
    ///
    /// Not for ever: nobody tells whether that owner gave it away meanwhile.
    func isOwnedOutOfHearing(_ slot: Int, at now: Instant) -> Bool {
        guard let owner = slots[slot].vouchedOwner, now - owner.saidAt < Self.outOfHearingMax,
            slots[slot].epochSeen <= owner.epoch
        else { return false }
        let links = slots[slot].links
        let near = segments.filter { links.contains($0.link) }
        return !near.contains { $0.isHeard(owner.node) }
            && near.contains { $0.isHeardByPeers(owner.node, at: now) }
    }

    /// For so long after it was last vouched for.
    static let outOfHearingMax: Duration = .seconds(10)

    /// Rule 9. A record is heeded once, for it is repeated for a second, in which the address may
    /// be added anew.
    private mutating func takeGone(_ record: Hello.Gone, at now: Instant) {
        let slot = slots.demand(record.address)
        guard record.epoch > slots[slot].goneHeeded ?? 0 else { return }
        let isNews = record.epoch >= slots[slot].epochSeen
        slots[slot].goneHeeded = record.epoch
        slots[slot].epochSeen = max(slots[slot].epochSeen, record.epoch)
        dirtySlots.append(slot)
        if let own = slots[slot].own {
            guard !view.isFresh, own.epoch <= record.epoch else { return }
            release(slot, cause: .released, at: now)
            slots[slot].block = .untilFresh
        } else if isNews {
            let until = now + Self.viewLagMax
            slots[slot].block = view.isFresh ? .until(until) : .untilFresh
            wakes.add(slot, at: until)
        }
    }

    /// Says for a while that the address is no more.
    mutating func sayGone(_ slot: Int, epoch: UInt32, at now: Instant) {
        let outranking = epoch + (epoch < .max ? 1 : 0)
        let until = now + Self.goneSaidFor
        slots[slot].gone = .init(epoch: outranking, until: until)
        slots[slot].goneHeeded = max(slots[slot].goneHeeded ?? 0, outranking)
        slots[slot].epochSeen = max(slots[slot].epochSeen, outranking)
        wakes.add(slot, at: until)
        recordSlots.insert(slot)
        owesHello = true
    }

    /// A fresh view has not had the address for a while, and a stale peer claims it.
    mutating func contradict(_ slot: Int, at now: Instant) {
        guard slots[slot].facts == nil, slots[slot].gone == nil, view.isLoaded, view.isFresh,
            let since = later(slots[slot].absentSince, view.freshSince)
        else { return }
        let stale = slots[slot].rivals.filter {
            peers[$0.node].flags.contains(.stale) && standing(of: $0, slot) != .silent
        }
        guard let epoch = stale.map(\.claim.epoch).max() else { return }
        guard now >= since + Self.viewLagMax else {
            wakes.add(slot, at: since + Self.viewLagMax)
            return
        }
        sayGone(slot, epoch: epoch, at: now)
    }

    /// How long `gone` is repeated.
    static let goneSaidFor: Duration = .seconds(1)
    /// How much later than another a fresh view may learn a change.
    static let viewLagMax: Duration = .seconds(2)

    /// Two live claims (rule 6): this node's against a heard peer's, or two peers'.
    mutating func settleRivals(_ slot: Int, at now: Instant) {
        let heard = slots[slot].rivals.indices.filter {
            standing(of: slots[slot].rivals[$0], slot) != .silent
        }
        let firm = heard.count { standing(of: slots[slot].rivals[$0], slot) == .stands }
        setContested(slot, firm > 1)
        guard let own = ownRank(slot) else { return }
        for index in heard {
            let rival = slots[slot].rivals[index]
            if rank(of: rival, slot) > own {
                vouch(for: rival, slot, at: now)
                return surrender(slot, at: now)
            }
            guard !rival.isAnswered else { continue }
            slots[slot].rivals[index].isAnswered = true
            announceAnew(slot, at: now)
            owesHello = true
        }
    }

    /// The claim stands and its owner is heard now: a node that stood still, or hears the owner no
    /// longer, is no witness.
    func isWitnessed(_ rival: RivalClaim, _ slot: Int, at now: Instant) -> Bool {
        guard standing(of: rival, slot) == .stands else { return false }
        let links = slots[slot].links
        return segments.contains { segment in
            guard links.isEmpty || links.contains(segment.link) else { return false }
            return segment.member(rival.node).map { $0.isFresh(at: now) && !$0.isUnsure } ?? false
        }
    }

    /// Those that do not hear the winner yet shall not take what the loser leaves.
    private mutating func vouch(for rival: RivalClaim, _ slot: Int, at now: Instant) {
        guard slots[slot].own?.offer == nil else { return }
        slots[slot].vouched = .init(
            owner: rival.node, claim: rival.claim,
            until: now + configuration.profile.detectionTime)
    }

    /// A hand-over is answered for a little longer, for requests in flight; a lost dispute is not,
    /// nor what no link answered for: after a pause others have had it for long.
    mutating func surrender(_ slot: Int, at now: Instant) {
        let isOffered = slots[slot].own?.offer != nil
        let isAnswered =
            slots[slot].isAnsweredFor
            && slots[slot].links.contains {
                segmentIndex($0).map { segments[$0].isReady } ?? false
            }
        release(
            slot, cause: isOffered ? .handedOver : .rivalWon,
            lingersUntil: isOffered && isAnswered ? now + Self.linger : nil, at: now)
    }

    private mutating func setContested(_ slot: Int, _ isContested: Bool) {
        if isContested {
            guard contestedSlots.insert(slot).inserted else { return }
            owesHello = true
        } else {
            contestedSlots.remove(slot)
        }
    }
}

/// The later of two instants; nil when both are.
func later(_ left: Instant?, _ right: Instant?) -> Instant? {
    guard let left, let right else { return left ?? right }
    return max(left, right)
}
