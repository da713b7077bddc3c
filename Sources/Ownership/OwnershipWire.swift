import Addressing
import Timing
import Wire

// What frames of other hosts say: conflicts, answers to probes, proof that somebody is there.
extension Ownership {
    mutating func takeFrame(_ frame: NeighborFrame, at now: Instant) {
        guard !isOwn(frame.source), !isOwn(frame.senderLinkAddress) else { return }
        noteProbe(frame)
        guard let index = segmentIndex(frame.link) else { return }
        segments[index].lastForeignFrame = now
        guard let address = frame.senderAddress, let slot = slots.number(of: address) else {
            return
        }
        slots[slot].wire.answeredAt = now
        dirtySlots.append(slot)
        guard published.answers(address, on: frame.link, at: now) else { return }
        if isNode(frame.senderLinkAddress) {
            noteSuccessor(slot, at: now)
        } else {
            noteConflict(slot, frame, at: now)
        }
    }

    /// A node names an address as its own that this node gives away: the successor is there, though
    /// its hellos do not come through.
    private mutating func noteSuccessor(_ slot: Int, at now: Instant) {
        guard slots[slot].own?.offer != nil else { return }
        surrender(slot, at: now)
    }

    private mutating func noteConflict(_ slot: Int, _ frame: NeighborFrame, at now: Instant) {
        let address = slots[slot].address
        let foreign = frame.senderLinkAddress
        if isLateAnswer(slot, at: now) {
            outbox.append(
                .report(.conflict(address, foreign: foreign, link: frame.link, defended: false)))
            return release(slot, cause: .withdrawn, at: now)
        }
        let verdict = conflicts.judge(address, at: now)
        if verdict.defends { outbox.append(.announce([address], link: frame.link)) }
        guard verdict.reports else { return }
        outbox.append(
            .report(
                .conflict(address, foreign: foreign, link: frame.link, defended: verdict.defends)))
    }

    /// This node claimed the address just now because nobody answered its question (rule 4), and
    /// somebody does: it had an owner all along, whose host was busy.
    private mutating func isLateAnswer(_ slot: Int, at now: Instant) -> Bool {
        let patience = configuration.profile.detectionTime
        guard let own = slots[slot].own, let asked = slots[slot].wire.askedAt,
            asked <= own.claimedAt, own.claimedAt - asked < patience,
            now - own.claimedAt < patience
        else { return false }
        // The claim waits for D again, and then asks again.
        slots[slot].wire.askedAt = now
        return true
    }

    func isOwn(_ address: LinkAddress) -> Bool {
        linkTable.links.indices.contains { linkTable.links[$0].address.bits == address.bits }
    }

    private func isNode(_ address: LinkAddress) -> Bool {
        segments.indices.contains { index in
            segments[index].members.contains { $0?.linkAddress.bits == address.bits }
        }
    }

    // Probing (RFC 5227 §2.1).

    mutating func startProbes(_ requests: [ProbeRequest], at now: Instant) {
        for request in requests {
            let links = probingLinks(request)
            if links.isEmpty {
                outbox.append(.report(.probeFinished(request.address, .noLink)))
            } else {
                probes.start(request.address, on: links, at: now)
            }
        }
    }

    /// By the links that the request names, else by those of the pool when the address is in the
    /// view already, else by route.
    private func probingLinks(_ request: ProbeRequest) -> [Int32] {
        let slot = slots.number(of: request.address)
        var facts =
            slot.flatMap { slots[$0].facts }
            ?? AddressFacts(request.address, eligibility: .nodes([]))
        if !request.interfaces.isEmpty { facts.interfaces = request.interfaces }
        return announcingLinks(for: facts).filter { linkTable.link(index: $0)?.isRunning ?? false }
    }

    /// An answer, or another host's probe for the same address (RFC 5227 §2.1.1).
    private mutating func noteProbe(_ frame: NeighborFrame) {
        let wanted =
            frame.senderAddress ?? (frame.isRequest ? frame.targetAddress : nil)
        guard let address = wanted, probes.contains(address), !isNode(frame.senderLinkAddress),
            probes.stop(address)
        else { return }
        outbox.append(.report(.probeFinished(address, .taken(frame.senderLinkAddress))))
    }

    mutating func sendProbes(at now: Instant) {
        guard let due = probes.nextDue, due <= now else { return }
        let work = probes.due(at: now)
        for probe in work.probes { outbox.append(.sendProbe(probe.address, link: probe.link)) }
        for address in work.free { outbox.append(.report(.probeFinished(address, .free))) }
    }
}
