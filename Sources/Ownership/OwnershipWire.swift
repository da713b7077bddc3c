import Addressing
import Timing
import Wire

// What frames of other hosts say: conflicts, answers to probes, proof that somebody is there.
extension Ownership {
    mutating func takeFrame(_ frame: NeighborFrame, at now: Instant) {
        guard !isOwn(frame.source), !isOwn(frame.senderLinkAddress) else { return }
        noteProbe(frame, at: now)
        guard let index = segmentIndex(frame.link) else { return }
        segments[index].lastForeignFrame = now
        if let address = frame.senderAddress { noteAnswer(address, frame) }
        guard let address = frame.senderAddress, let slot = slots.number(of: address) else {
            return
        }
        slots[slot].wire.answeredAt = now
        dirtySlots.append(slot)
        guard
            published.answers(address, on: frame.link, at: now)
                || slots[slot].own?.isWithheld ?? false
        else { return }
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
            if let node = linkAddressOfNode(at: request.address) {
                outbox.append(.report(.probeFinished(request.address, .taken(node))))
            } else if links.isEmpty {
                outbox.append(.report(.probeFinished(request.address, .noLink)))
            } else {
                probes.start(request.address, on: links, at: now)
            }
        }
        findMissingSegments(probes.probed.flatMap(\.links), at: now)
    }

    /// On a link that does not run nobody is asked, and a silence there says nothing.
    mutating func endProbesWithoutLink() {
        for (address, links) in probes.probed where !links.contains(where: isRunning) {
            guard probes.stop(address) else { continue }
            outbox.append(.report(.probeFinished(address, .noLink)))
        }
    }

    private func isRunning(_ link: Int32) -> Bool {
        linkTable.link(index: link)?.isRunning ?? false
    }

    /// The link-layer address of the node that has this for an address of its own, as its hellos say:
    /// its answer to a probe would not tell that from an address that it answers for.
    private func linkAddressOfNode(at address: IPAddress) -> LinkAddress? {
        let node = nodes.peerIndexes.first { peers[$0].addresses.contains(address) }
        return node.flatMap { node in
            segments.lazy.compactMap { $0.member(node)?.linkAddress }.first
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
        return announcingLinks(for: facts).filter(isRunning)
    }

    /// An answer, or another host's probe for the same address (RFC 5227 §2.1.1).
    private mutating func noteProbe(_ frame: NeighborFrame, at now: Instant) {
        let wanted =
            frame.senderAddress ?? (frame.isRequest ? frame.targetAddress : nil)
        if let address = wanted, frame.senderAddress == nil, reclaims.contains(address),
            !isNode(frame.senderLinkAddress)
        {
            postponeReclaim(of: address, at: now)
        }
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
