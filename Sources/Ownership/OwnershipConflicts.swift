import Addressing
import Timing
import Wire

// A host that is no node uses an address of this node's (RFC 5227 §2.4).
extension Ownership {
    mutating func noteConflict(_ slot: Int, _ frame: NeighborFrame, at now: Instant) {
        let address = slots[slot].address
        let foreign = frame.senderLinkAddress
        if isLateAnswer(slot, at: now) {
            outbox.append(
                .report(.conflict(address, foreign: foreign, link: frame.link, defended: false)))
            return release(slot, cause: .withdrawn, at: now)
        }
        let verdict = conflicts.judge(address, by: configuration.onConflict, at: now)
        switch verdict.act {
        case .nothing: break
        case .defend: outbox.append(.announce([address], link: frame.link))
        case .yield: withhold(slot, probingAt: now + ConflictLedger.yieldInterval, at: now)
        }
        guard verdict.reports else { return }
        outbox.append(
            .report(
                .conflict(
                    address, foreign: foreign, link: frame.link, defended: verdict.act == .defend)))
    }

    /// This node claimed the address just now because nobody answered its question (rule 4), and
    /// somebody does: it had an owner all along, whose host was busy.
    private mutating func isLateAnswer(_ slot: Int, at now: Instant) -> Bool {
        guard let own = slots[slot].own, own.restsOnSilence,
            now - own.claimedAt < configuration.profile.detectionTime
        else { return false }
        // The claim waits for D again, and then asks again.
        slots[slot].wire.askedAt = now
        return true
    }

    // MARK: - Yielding

    /// Answers and announces no more, and begins to ask the wire for the address at `start`: each
    /// frame of the other host postpones it.
    ///
    /// The claim stays, so that no other node takes the address.
    private mutating func withhold(_ slot: Int, probingAt start: Instant, at now: Instant) {
        let address = slots[slot].address
        slots[slot].isYielded = true
        _ = reclaims.stop(address)
        reclaims.start(address, on: slots[slot].links, at: start)
        guard var own = slots[slot].own, !own.isWithheld else { return }
        own.isWithheld = true
        slots.setOwn(slot, own)
        for index in segments.indices { segments[index].schedule.stop(address) }
        noteOwnChange(slot, at: now)
    }

    /// Whether this node, when it claims the address now, is to ask the wire first: its former owner
    /// had yielded it.
    func isYielded(_ slot: Int) -> Bool {
        configuration.onConflict == .yield
            && (slots[slot].isYielded || slots[slot].rivals.contains { $0.claim.isWithheld })
    }

    /// The claim of what another node had yielded: not answered for until probes find it free.
    mutating func withholdNewClaim(_ slot: Int, at now: Instant) {
        withhold(slot, probingAt: now, at: now)
    }

    /// A peer answers for what this node yielded: the other host may be gone, so the wire is asked now.
    /// If this node's claim is the one that stays, nobody answers until then.
    mutating func reclaimSooner(_ slot: Int, at now: Instant) {
        guard slots[slot].own?.isWithheld ?? false else { return }
        withhold(slot, probingAt: now, at: now)
    }

    /// Another host asks whether it may use the address (RFC 5227 §2.1.1).
    mutating func postponeReclaim(of address: IPAddress, at now: Instant) {
        guard let slot = slots.number(of: address), slots[slot].own?.isWithheld ?? false else {
            return
        }
        withhold(slot, probingAt: now + ConflictLedger.yieldInterval, at: now)
    }

    /// Sends the probes that are due for addresses that were yielded, and takes back those that
    /// nobody answered for.
    mutating func reclaim(at now: Instant) {
        guard let due = reclaims.nextDue, due <= now else { return }
        let work = reclaims.due(at: now)
        for probe in work.probes { outbox.append(.sendProbe(probe.address, link: probe.link)) }
        for address in work.free {
            guard let slot = slots.number(of: address), var own = slots[slot].own, own.isWithheld
            else { continue }
            guard isOnAir(slot) else {
                // Nobody was asked.
                reclaims.start(
                    address, on: slots[slot].links, at: now + ConflictLedger.yieldInterval)
                continue
            }
            own.isWithheld = false
            slots[slot].isYielded = false
            slots.setOwn(slot, own)
            noteOwnChange(slot, at: now)
            announceAnew(slot, at: now)
        }
    }

    /// A link of the address answers and announces.
    private func isOnAir(_ slot: Int) -> Bool {
        slots[slot].links.contains { segmentIndex($0).map { segments[$0].isReady } ?? false }
    }
}
