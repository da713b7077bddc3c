import Addressing
import Timing

// The node's links: which of them announce, and what their coming and going means.
extension Ownership {
    mutating func takeLinks(_ table: LinkTable, at now: Instant) {
        takeLocalAddresses(table)
        let table = table.remembering(linkTable)
        guard table != linkTable else { return }
        linkTable = table
        findSegments(at: now)
        endProbesWithoutLink()
    }

    /// Those of links that are down are the kernel's, too, and what such a link had before is not.
    private mutating func takeLocalAddresses(_ table: LinkTable) {
        let found = Set(table.links.flatMap { $0.interfaceAddresses.map(\.address) })
        guard found != localAddresses else { return }
        localAddresses = found
        areAnswersDirty = true
    }

    /// A pool may name a link that nothing else would use.
    mutating func findNamedSegments(_ facts: [AddressFacts], at now: Instant) {
        let names = facts.flatMap(\.interfaces)
        findMissingSegments(names.compactMap { linkTable.link(named: $0)?.index }, at: now)
    }

    mutating func findMissingSegments(_ links: [Int32], at now: Instant) {
        if links.contains(where: { segmentIndex($0) == nil }) { findSegments(at: now) }
    }

    private mutating func findSegments(at now: Instant) {
        let usable = linkTable.links.filter(isUsable).sorted { $0.index < $1.index }
        segments.removeAll { segment in !usable.contains { $0.index == segment.link } }
        for link in usable { update(link, at: now) }
        segments.sort { $0.link < $1.link }
        statedAddresses = addressesToState()
        for slot in slots.ordered {
            guard let facts = slots[slot].facts else { continue }
            setLinks(slot, announcingLinks(for: facts), at: now)
        }
        isAllDirty = true
        areAnswersDirty = true
        areTargetsDirty = true
    }

    /// What is held is announced where it was not before, for clients there know another host for it
    /// or none, and no more where it is no longer.
    mutating func setLinks(_ slot: Int, _ links: [Int32], at now: Instant) {
        let former = slots[slot].links
        guard links != former else { return }
        slots[slot].links = links
        areAnswersDirty = true
        let address = slots[slot].address
        for index in segments.indices where !links.contains(segments[index].link) {
            segments[index].schedule.stop(address)
        }
        reclaims.move(address, to: links)
        announceAnew(slot, on: links.filter { !former.contains($0) }, at: now)
    }

    /// A link that may announce: named, or not skipped by kind or name. Those are exactly the links
    /// that `LinkTable.announcingLinks` may choose.
    private func isUsable(_ link: Link) -> Bool {
        if isNamed(link) { return true }
        let isSkippedByName = Link.namePrefixesSkipped.contains { link.name.hasPrefix($0) }
        return configuration.interfaces.isEmpty && !link.isSkippedByKind && !isSkippedByName
    }

    private func isNamed(_ link: Link) -> Bool {
        configuration.interfaces.contains(link.name)
            || slots.ordered.contains { slots[$0].facts?.interfaces.contains(link.name) ?? false }
            || probes.probed.contains { $0.links.contains(link.index) }
    }

    private mutating func update(_ link: Link, at now: Instant) {
        let until = now + configuration.profile.detectionTime
        guard let index = segments.firstIndex(where: { $0.link == link.index }) else {
            segments.append(
                Segment(
                    link, schedule: newSchedule(at: now), listensSince: now, until: until))
            return
        }
        segments[index].interfaceAddresses = link.interfaceAddresses
        let wasDown = !segments[index].isRunning || link.timesDown != segments[index].timesDown
        let cameUp = link.isRunning && wasDown
        let wentDown = !link.isRunning && segments[index].isRunning
        segments[index].isRunning = link.isRunning
        segments[index].timesDown = link.timesDown
        if cameUp {
            segments[index].becomeUnsure(until: until)
            segments[index].listen(since: now, until: until)
        }
        if cameUp || wentDown { segments[index].schedule.stopAll() }
        guard segments[index].linkAddress != link.address else { return }
        segments[index].linkAddress = link.address
        for slot in slots.owned { announceAnew(slot, at: now) }
    }

    private func newSchedule(at now: Instant) -> AnnouncementSchedule {
        AnnouncementSchedule(
            nodeTag: nodes.tags[NodeDirectory.ownIndex],
            framesPerSecond: configuration.announcementsPerSecond, at: now)
    }

    func segmentIndex(_ link: Int32) -> Int? {
        segments.indices.first { segments[$0].link == link }
    }

    /// Ends the listening of links whose time has come; what is still ours is answered and
    /// announced again.
    mutating func advanceReadiness(at now: Instant) {
        for index in segments.indices where segments[index].becomesReady(at: now) {
            isAllDirty = true
            areAnswersDirty = true
            let link = segments[index].link
            for slot in slots.owned where slots[slot].links.contains(link) {
                announceAnew(slot, on: [link], at: now)
            }
        }
    }

    mutating func advanceGate(at now: Instant) {
        guard !gate.isOpen else { return }
        let around = StartGate.Surroundings(
            canHear: segments.contains(where: \.isRunning) && (arePeersTold || view.isLoaded),
            isViewLoaded: view.isLoaded,
            areTablesComplete: areTablesComplete, isPeerStarting: isPeerStarting)
        if gate.advance(around, at: now) { isAllDirty = true }
    }
}
