import Addressing

extension Allocator {
    /// What the turn asks for, in its fixed order.
    mutating func effects() -> [AllocationEffect] {
        var effects: [AllocationEffect] = []
        if !turn.probes.isEmpty { effects.append(.probe(turn.probes.sorted())) }
        effects += turn.conflicts.map { .emitEvent($0) }
        var last: Seniority?
        for seniority in isReady ? turn.unsettled.sorted() : [] where seniority != last {
            last = seniority
            effects += writes(for: seniority.key)
        }
        let changed = changedAllocations()
        if !changed.isEmpty { effects.append(.allocationsChanged(changed)) }
        if let retained = book.retainedIfChanged(at: turn.now) {
            effects.append(.retainedChanged(retained))
        }
        return effects
    }

    /// The write and events that a service is due: none while it shows what it should, while the
    /// same write is under way, or while its new addresses are being probed.
    private mutating func writes(for key: ServiceKey) -> [AllocationEffect] {
        guard let record = services[key] else { return [] }
        guard record.request.isOurs || record.isDecided else { return [] }
        if record.request.isOurs {
            guard record.isDecided, !record.target.contains(where: { book[$0].isProbing }) else {
                return []
            }
        }
        let decision = decision(for: record)
        let shown = record.request.shown
        guard decision.differs(from: shown) else {
            if record.sent != nil { services[key]?.sent = nil }
            if !losses.isEmpty { losses[key] = nil }
            if !record.request.isOurs { remove(key) }
            return []
        }
        let isRepeated = decision == record.sent
        guard !isRepeated || turn.repeated.contains(key) else { return [] }
        services[key]?.sent = decision
        let told = record.sent.map(ShownAllocation.init) ?? shown
        defer { losses[key] = nil }
        return [.write(decision)] + (isRepeated ? [] : events(decision, since: told))
    }

    /// What the service's status should say.
    private func decision(for record: ServiceRecord) -> ServiceDecision {
        let isOurs = record.request.isOurs
        let pools = record.target.map { book.table.name(of: $0) }
        var names: [String] = []
        for case let name? in pools where !names.contains(name) { names.append(name) }
        return ServiceDecision(
            service: record.request.key, uid: record.request.uid, addresses: record.target,
            foreign: foreign(on: record),
            allocatedFrom: names.isEmpty ? nil : names.joined(separator: ","),
            condition: isOurs ? record.refusal ?? .allocated(record.target, pools) : nil)
    }

    /// Addresses that the object shows beside ours and that were never ours: no pool has them, they
    /// were not taken from the service when the pool files lost them, and the last condition that
    /// we wrote does not name them.
    private func foreign(on record: ServiceRecord) -> [IPAddress] {
        let shown = record.request.shown
        return shown.addresses.filter { address in
            !record.holds(address) && book.table.index(of: address) == nil
                && !record.former.contains(address)
                && shown.condition?.isAllocation(of: address) != true
        }
    }

    /// What the user is told: addresses that came, addresses that went, why it waits.
    private func events(
        _ decision: ServiceDecision, since told: ShownAllocation
    ) -> [AllocationEffect] {
        func event(_ reason: ServiceEvent.Reason, _ message: String) -> AllocationEffect {
            .emitEvent(
                ServiceEvent(
                    service: decision.service, uid: decision.uid, reason: reason,
                    message: message))
        }
        var effects: [AllocationEffect] = []
        let gone = told.allocatedFrom == nil && decision.condition == nil ? [] : told.addresses
        for address in gone
        where !decision.addresses.contains(address) && !decision.foreign.contains(address) {
            let why = losses[decision.service]?[address] ?? "the service has another address now"
            effects.append(event(.addressReleased, "released \(address): \(why)"))
        }
        for address in decision.addresses where !told.addresses.contains(address) {
            let pool = book.table.name(of: address) ?? "none"
            effects.append(event(.addressAllocated, "allocated \(address) from pool \(pool)"))
        }
        if let condition = decision.condition, condition.reason != .allocated,
            condition != told.condition
        {
            effects.append(event(.allocationPending, condition.message))
        }
        return effects
    }

    private func changedAllocations() -> [AllocatedAddress] {
        book.before.sorted { $0.address < $1.address }.compactMap { before in
            let address = before.address
            let now = report(address, book[address], book.table.name(of: address))
            return now == report(address, before.record, before.pool) ? nil : now
        }
    }

    /// One address as reports show it, the oldest service first.
    func report(
        _ address: IPAddress, _ record: AddressRecord, _ pool: String?
    ) -> AllocatedAddress {
        let state: AllocatedAddress.State =
            if let quarantine = record.quarantine {
                .quarantined(by: quarantine.rival, until: quarantine.until)
            } else if record.isProbing {
                .probing
            } else {
                record.holders.isEmpty ? .free : .allocated
            }
        return AllocatedAddress(
            address: address, pool: pool, services: oldestFirst(record.holders.list), state: state)
    }

    private func oldestFirst(_ keys: [ServiceKey]) -> [ServiceKey] {
        guard keys.count > 1 else { return keys }
        return keys.sorted { left, right in
            guard let older = services[left]?.seniority, let younger = services[right]?.seniority
            else { return left < right }
            return older < younger
        }
    }
}

extension ServiceDecision {
    /// A service that is not ours must only be rid of what we wrote; its ingress may be another's.
    func differs(from shown: ShownAllocation) -> Bool {
        guard condition != nil else {
            return shown.allocatedFrom != nil || shown.condition != nil
        }
        return addresses != shown.addresses.filter { !foreign.contains($0) }
            || allocatedFrom != shown.allocatedFrom
            || condition != shown.condition
    }
}

extension ShownAllocation {
    /// What the object shows once the write has come through.
    init(_ decision: ServiceDecision) {
        self.init(
            addresses: decision.addresses, allocatedFrom: decision.allocatedFrom,
            condition: decision.condition)
    }
}
