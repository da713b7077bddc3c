import Addressing
import Timing
import Wire

// What the API says, and what follows from it for claims (rules 1 and 9).
extension Ownership {
    mutating func loadView(_ facts: [AddressFacts], isFresh: Bool, at now: Instant) {
        let present = Set(facts.map(\.address))
        for slot in slots.ordered
        where slots[slot].facts != nil && !present.contains(slots[slot].address) {
            remove(slot, at: now)
        }
        view.isLoaded = true
        if isFresh, !view.isFresh { view.freshSince = now }
        view.isFresh = isFresh
        for fact in facts { put(fact, at: now) }
        findNamedSegments(facts, at: now)
        isAllDirty = true
    }

    mutating func changeView(_ changed: [AddressFacts], removed: [IPAddress], at now: Instant) {
        for address in removed {
            guard let slot = slots.number(of: address), slots[slot].facts != nil else { continue }
            remove(slot, at: now)
        }
        for fact in changed { put(fact, at: now) }
        findNamedSegments(changed, at: now)
    }

    mutating func setFresh(_ isFresh: Bool, at now: Instant) {
        guard view.isLoaded, view.isFresh != isFresh else { return }
        if isFresh { view.freshSince = now }
        view.isFresh = isFresh
        isAllDirty = true
    }

    mutating func setOwnNode(_ isPresent: Bool) {
        guard view.lacksOwnNode == isPresent else { return }
        view.lacksOwnNode = !isPresent
        isAllDirty = true
        outbox.append(.report(.ownNodeMissing(!isPresent)))
    }

    mutating func setDraining(_ drains: Bool) {
        isDraining = drains
        isAllDirty = true
    }

    private mutating func put(_ facts: AddressFacts, at now: Instant) {
        let slot = slots.demand(facts.address)
        let isAdded = slots[slot].facts == nil
        if facts.isPutOnLinks != slots[slot].facts?.isPutOnLinks { areAnswersDirty = true }
        slots[slot].facts = facts
        slots[slot].absentSince = nil
        if isAdded || view.isFresh { slots[slot].block = nil }
        setLinks(slot, announcingLinks(for: facts), at: now)
        slots[slot].allowed = allowedNodes(facts.eligibility)
        slots[slot].group = group(of: slot, facts)
        if isAdded { slots[slot].cause = .factsChanged }
        dirtySlots.append(slot)
    }

    private mutating func remove(_ slot: Int, at now: Instant) {
        slots[slot].facts = nil
        slots[slot].allowed = NodeSet()
        slots[slot].absentSince = now
        if slots[slot].lingersUntil != nil {
            slots[slot].lingersUntil = nil
            areAnswersDirty = true
        }
        if let own = slots[slot].own {
            release(slot, cause: .released, at: now)
            sayGone(slot, epoch: own.epoch, at: now)
        }
        dirtySlots.append(slot)
    }

    func announcingLinks(for facts: AddressFacts) -> [Int32] {
        linkTable.announcingLinks(
            for: facts.address, named: facts.interfaces, among: configuration.interfaces
        ).map(\.index)
    }

    /// The node's index; a node that was never met gets one.
    mutating func demandNode(_ name: String) -> Int {
        let node = nodes.intern(name)
        while peers.count < nodes.count { peers.append(Peer()) }
        return node
    }

    private mutating func allowedNodes(_ eligibility: Eligibility) -> NodeSet {
        guard case .nodes(let names) = eligibility else { return NodeSet() }
        guard names != lastAllowed.names else { return lastAllowed.nodes }
        var nodes = NodeSet()
        for name in names { nodes.insert(demandNode(name)) }
        lastAllowed = (names, nodes)
        return nodes
    }

    /// The number of the slot's group; numbers that nobody uses any more are given up now and then.
    private mutating func group(of slot: Int, _ facts: AddressFacts) -> Int {
        if groups.count > 2 * slots.count + Self.groupsSpare { regroup() }
        return number(of: group(slot, facts))
    }

    private func group(_ slot: Int, _ facts: AddressFacts) -> AddressGroup {
        AddressGroup(
            allowed: slots[slot].allowed, preferences: facts.preferences)
    }

    private mutating func regroup() {
        groups = [:]
        for slot in slots.ordered {
            guard let facts = slots[slot].facts else { continue }
            slots[slot].group = number(of: group(slot, facts))
        }
    }

    private mutating func number(of group: AddressGroup) -> Int {
        let number = groups[group] ?? groups.count
        groups[group] = number
        return number
    }

    /// Groups kept beyond twice the addresses.
    static let groupsSpare = 64
}

/// What addresses have in common that compete for the same nodes.
struct AddressGroup: Hashable, Sendable {
    let allowed: NodeSet
    let preferences: [String: Int]
}
