import Addressing
import Timing

/// One record for each address that is not simply free, and everything derived from the records.
///
/// `change` is the only function that touches them, so that they cannot disagree.
struct AddressBook: Sendable {
    private(set) var table = PoolTable()
    private var records = CompactTable<AddressEntry>()
    /// Distinct addresses that a namespace holds in a pool with a quota.
    private var quotaUse: [QuotaKey: Int] = [:]
    /// What is kept for a former holder, by address.
    private var keptFor: [ServiceKey: [IPAddress]] = [:]
    private var deadlines = DeadlineQueue()
    /// Addresses changed in this turn, as they were when it began.
    private(set) var before: [Before] = []
    /// Addresses that somebody may get now who could not when they were last taken.
    private(set) var freed: Set<IPAddress> = []

    struct Before {
        let address: IPAddress
        let record: AddressRecord
        let pool: String?
    }

    private struct QuotaKey: Hashable {
        let pool: Int
        let namespace: String
    }

    subscript(address: IPAddress) -> AddressRecord {
        records.position(of: address).map { records[position: $0].record } ?? AddressRecord()
    }

    /// Every address with a record, sorted.
    var addresses: [IPAddress] {
        records.elements.filter { !$0.record.isEmpty }.map(\.key).sorted()
    }

    var nextDeadline: Instant? { deadlines.first?.instant }

    /// How many distinct addresses the namespace holds in the pool; 0 in one without a quota.
    func count(namespace: String, pool: Int) -> Int {
        quotaUse[QuotaKey(pool: pool, namespace: namespace)] ?? 0
    }

    /// Addresses kept for the service, the one freed last first.
    func addressesKept(for service: ServiceKey) -> [IPAddress] {
        (keptFor[service] ?? []).sorted {
            let (left, right) = (self[$0].kept?.until ?? .zero, self[$1].kept?.until ?? .zero)
            return left == right ? $0 < $1 : left > right
        }
    }

    /// Makes room for the records of so many addresses.
    mutating func reserve(_ count: Int) { records.reserve(count) }

    /// Lets what is due by `now` end.
    mutating func beginTurn(at now: Instant) {
        while let due = deadlines.first, due.instant <= now {
            deadlines.removeFirst()
            change(due.address) { $0.expire(at: now) }
        }
    }

    /// Drops deadlines that no longer stand, so that `nextDeadline` is a real one.
    mutating func endTurn() {
        while let due = deadlines.first, !self[due.address].deadlines.contains(due.instant) {
            deadlines.removeFirst()
        }
        freed = []
    }

    /// Forgets what happened in the turn.
    mutating func forgetTurn() {
        for entry in before {
            guard let position = records.position(of: entry.address) else { continue }
            records[position: position].isNoted = false
            if records[position: position].record.isEmpty { records.remove(at: position) }
        }
        before = []
    }

    mutating func takeFreed() -> Set<IPAddress> {
        defer { freed = [] }
        return freed
    }

    /// Says that an address may suit more services than before though its record is the same.
    mutating func noteFreed(_ addresses: [IPAddress]) {
        freed.formUnion(addresses)
    }

    /// Takes other pools; records stay and are counted anew.
    mutating func replacePools(_ pools: PoolSet) {
        let old = table
        table = PoolTable(pools)
        quotaUse = [:]
        for position in records.elements.indices {
            let entry = records[position: position]
            let pool = old.name(of: entry.key)
            if pool != table.name(of: entry.key) { note(position, pool: pool) }
            count(entry.key, from: AddressRecord(), to: entry.record)
        }
    }

    /// Changes one record and all that is derived from it.
    mutating func change(_ address: IPAddress, _ body: (inout AddressRecord) -> Void) {
        let known = records.position(of: address)
        let old = known.map { records[position: $0].record } ?? AddressRecord()
        var new = old
        body(&new)
        guard new != old else { return }
        let position = known ?? records.insert(AddressEntry(address, old, isNoted: false))
        note(position, pool: table.name(of: address))
        records[position: position].record = new
        count(address, from: old, to: new)
        if old.kept?.service != new.kept?.service {
            if let service = old.kept?.service { unkeep(address, for: service) }
            if let service = new.kept?.service { keptFor[service, default: []].append(address) }
        }
        for instant in new.deadlines where !old.deadlines.contains(instant) {
            deadlines.insert(DeadlineQueue.Entry(instant: instant, address: address))
        }
        if old.isBlocked && !new.isBlocked || !new.holders.containsAll(of: old.holders) {
            freed.insert(address)
        }
    }

    /// Remembers what the record is until now, once a turn.
    private mutating func note(_ position: Int, pool: String?) {
        let entry = records[position: position]
        guard !entry.isNoted else { return }
        before.append(Before(address: entry.key, record: entry.record, pool: pool))
        records[position: position].isNoted = true
    }

    private mutating func unkeep(_ address: IPAddress, for service: ServiceKey) {
        keptFor[service]?.removeAll { $0 == address }
        if keptFor[service]?.isEmpty == true { keptFor[service] = nil }
    }

    private mutating func count(
        _ address: IPAddress, from old: AddressRecord, to new: AddressRecord
    ) {
        guard let pool = table.index(of: address) else { return }
        table[pool, address.family].count(address, from: old.share, to: new.share)
        guard table.pools[pool].quotaPerNamespace != nil, old.holders != new.holders else {
            return
        }
        let was = Set(old.holders.list.map(\.namespace))
        let now = Set(new.holders.list.map(\.namespace))
        for namespace in was.subtracting(now) {
            let key = QuotaKey(pool: pool, namespace: namespace)
            let left = (quotaUse[key] ?? 0) - 1
            quotaUse[key] = left > 0 ? left : nil
        }
        for namespace in now.subtracting(was) {
            quotaUse[QuotaKey(pool: pool, namespace: namespace), default: 0] += 1
        }
    }
}

extension AddressBook {
    mutating func hold(_ address: IPAddress, for service: ServiceKey) {
        change(address) { $0.hold(for: service) }
    }

    /// Takes the address from the service. An address that was in use and that nobody holds any
    /// more rests and is kept for the service as long as its pool says.
    mutating func release(_ address: IPAddress, from service: ServiceKey, at now: Instant) {
        let pool = table.pool(of: address)
        change(address) { record in
            record.holders.remove(service)
            guard record.holders.isEmpty, !record.isProbing, let pool else { return }
            if pool.reuseDelay > .zero { record.restsUntil = now + pool.reuseDelay }
            if pool.retain > .zero {
                record.kept = AddressRecord.Kept(service: service, until: now + pool.retain)
            }
        }
    }

    /// Takes the whole list of addresses that the network itself uses.
    mutating func replaceForbidden(_ list: [ForbiddenAddress]) {
        let uses = Dictionary(
            list.sorted().map { ($0.address, $0.use) }, uniquingKeysWith: { first, _ in first })
        for address in addresses where self[address].forbiddenUse != nil && uses[address] == nil {
            change(address) { $0.forbiddenUse = nil }
        }
        for (address, use) in uses { change(address) { $0.forbiddenUse = use } }
    }

    /// Takes what an earlier leader kept; its remaining times count from now. What is in use, or
    /// was freed since, stays as it is.
    mutating func adopt(_ retained: [RetainedAddress], at now: Instant) {
        for entry in retained where self[entry.address].isNeverUsed {
            change(entry.address) { record in
                if entry.rest > .zero { record.restsUntil = now + entry.rest }
                if entry.retain > .zero {
                    record.kept = AddressRecord.Kept(
                        service: entry.service, until: now + entry.retain)
                }
            }
        }
    }

    /// All that rests or is kept, by address; nil when the turn did not change it.
    func retainedIfChanged(at now: Instant) -> [RetainedAddress]? {
        let isChanged = before.contains { before in
            let record = self[before.address]
            return record.kept != before.record.kept
                || record.restsUntil != before.record.restsUntil
        }
        guard isChanged else { return nil }
        return addresses.compactMap { address in
            let record = self[address]
            guard record.kept != nil || record.restsUntil != nil else { return nil }
            return RetainedAddress(
                address, service: record.kept?.service ?? ServiceKey(namespace: "", name: ""),
                retain: record.kept.map { $0.until - now } ?? .zero,
                rest: record.restsUntil.map { $0 - now } ?? .zero)
        }
    }

    /// Whether the pool's addresses of the family include one that is free or kept.
    func hasFree(pool: Int, family: AddressFamily) -> Bool {
        table[pool, family].firstFree != nil
    }

    /// What the derived indexes say and the records do not; empty when all is well.
    func violations() -> [String] {
        var fresh = AddressBook()
        fresh.table = PoolTable(PoolSet(table.pools))
        for entry in records.elements { fresh.change(entry.key) { $0 = entry.record } }
        var found: [String] = []
        for pool in table.pools.indices {
            for family in AddressFamily.allCases
            where !table[pool, family].agrees(with: fresh.table[pool, family]) {
                found.append("space of pool \(table.pools[pool].name), \(family)")
            }
        }
        if quotaUse != fresh.quotaUse { found.append("quota use") }
        if keptFor.mapValues(Set.init) != fresh.keptFor.mapValues(Set.init) {
            found.append("kept addresses")
        }
        let next = records.elements.flatMap(\.record.deadlines).min()
        if next != nextDeadline { found.append("next deadline") }
        return found
    }
}
