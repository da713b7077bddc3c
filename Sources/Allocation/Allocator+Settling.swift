import Addressing
import Timing

extension Allocator {
    /// Decides for one service and takes and gives up addresses accordingly.
    ///
    /// What is new is probed first; until that is done the service keeps what it had.
    mutating func settle(_ key: ServiceKey) {
        if let position = services.position(of: key) { settle(serviceAt: position) }
    }

    /// The same for the service at a position of the table.
    mutating func settle(serviceAt position: Int) {
        var record = services[position: position]
        let key = record.key
        turn.unsettled.append(record.seniority)
        guard record.request.isOurs else {
            withdraw(key)
            return
        }
        guard !isForeign(record) else {
            waiting.remove(key)
            return
        }
        let choice = choice(for: record)
        let given = record.claims.filter { !choice.addresses.contains($0) }
        for address in choice.addresses where !book[address].holders.contains(key) {
            take(address, for: key)
        }
        let isProbing = choice.addresses.contains { book[$0].isProbing }
        record.leaving = isProbing ? given : []
        record.target = choice.addresses
        record.refusal = choice.refusal
        record.isDecided = true
        services[position: position] = record
        if !isProbing { release(given, from: key) }
        if let hope = choice.hope {
            waiting.insert(record.seniority, hope: hope)
        } else {
            waiting.remove(key)
        }
    }

    private func choice(for record: ServiceRecord) -> Choice {
        Chooser(
            boxed: record.boxedRequest, claims: record.claims, book: book, admission: admission,
            services: services,
            sharers: record.request.wish.sharingKey.flatMap { sharers[$0] } ?? []
        ).choose()
    }

    /// Another load balancer wrote the ingress: no annotation of ours, no address of our pools.
    func isForeign(_ record: ServiceRecord) -> Bool {
        guard record.claims.isEmpty else { return false }
        let shown = record.request.shown
        return shown.allocatedFrom == nil && !shown.addresses.isEmpty
            && shown.addresses.allSatisfy { book.table.index(of: $0) == nil }
    }

    /// Reserves an address; asks the segment about it when it is to be announced, nobody uses it
    /// yet and it was not probed ahead.
    private mutating func take(_ address: IPAddress, for key: ServiceKey) {
        let before = book[address]
        book.hold(address, for: key)
        guard before.holders.isEmpty, !before.isProbing,
            book.table.pool(of: address)?.announce.isEnabled == true,
            before.ahead?.holds(at: turn.now) != true
        else { return }
        book.change(address) { $0.isProbing = true }
        // Its answer is under way already.
        guard before.ahead?.isAsked != true else { return }
        turn.probes.insert(address)
    }

    private mutating func release(_ addresses: [IPAddress], from key: ServiceKey) {
        for address in addresses { book.release(address, from: key, at: turn.now) }
    }

    /// Gives up all that a service holds that is no longer ours.
    private mutating func withdraw(_ key: ServiceKey) {
        guard let record = services[key] else { return }
        release(record.claims, from: key)
        waiting.remove(key)
        for address in record.claims {
            losses[key, default: [:]][address] =
                "the service is no longer a LoadBalancer of Herald's"
        }
        services[key]?.target = []
        services[key]?.leaving = []
        services[key]?.refusal = nil
        services[key]?.isDecided = true
    }

    /// A probe was answered: who holds the address may use it, or must take another one.
    mutating func takeOutcome(_ outcome: ProbeOutcome, of address: IPAddress) {
        let before = book[address]
        guard before.isProbing || before.ahead?.isAsked == true else { return }
        let holders = before.holders.list.compactMap { services[$0]?.seniority }
            .sorted().map(\.key)
        switch outcome {
        case .free, .unasked:
            let found: ProbedAhead =
                outcome == .free ? .free(since: turn.now) : .unasked(since: turn.now)
            book.change(address) { record in
                record.isProbing = false
                record.ahead = record.holders.isEmpty ? found : nil
            }
            for key in holders where before.isProbing { settle(key) }
        case .taken(let rival):
            let until = turn.now + quarantine
            book.change(address) { record in
                record.isProbing = false
                record.ahead = nil
                record.holders = .none
                record.quarantine = AddressRecord.Quarantine(rival: rival, until: until)
            }
            for key in holders {
                services[key]?.target.removeAll { $0 == address }
                services[key]?.leaving.removeAll { $0 == address }
                turn.conflicts.append(conflict(of: key, address, rival))
            }
            for key in holders { settle(key) }
        }
    }

    private func conflict(
        of key: ServiceKey, _ address: IPAddress, _ rival: LinkAddress
    ) -> ServiceEvent {
        ServiceEvent(
            service: key, uid: services[key]?.request.uid ?? "", reason: .addressConflict,
            message: AllocationCondition.conflict(address, rival).message)
    }

    /// Decides anew for those whom what was freed could help, the oldest first; when that frees
    /// something else, from the oldest again.
    mutating func wakeWaiting() {
        var freed = book.takeFreed()
        var pools = Set(freed.compactMap(book.table.index(of:)))
        var index = 0
        var isRequested = freed.contains(where: waiting.isRequested)
        while index < waiting.list.count, !freed.isEmpty, isRequested || isAnyHope(in: pools) {
            let entry = waiting.list[index]
            index += 1
            guard mayHope(entry, pools) else { continue }
            settle(entry.seniority.key)
            let more = book.takeFreed()
            index = more.isEmpty ? waiting.index(after: entry.seniority) : 0
            guard !more.isEmpty else { continue }
            freed.formUnion(more)
            pools = Set(freed.compactMap(book.table.index(of:)))
            isRequested = freed.contains(where: waiting.isRequested)
        }
    }

    /// Without a free address only services that share can hope.
    private func isAnyHope(in pools: Set<Int>) -> Bool {
        !sharers.isEmpty
            || pools.contains { pool in
                AddressFamily.allCases.contains { book.hasFree(pool: pool, family: $0) }
            }
    }

    /// Decides once more for all who wait: what others took since may have changed the reason.
    mutating func refreshWaiting() {
        for key in waiting.keys { settle(key) }
        wakeWaiting()
    }

    /// Whether what was freed could help; no when in doubt would be wrong, yes costs a decision.
    private func mayHope(_ entry: WaitingList.Entry, _ pools: Set<Int>) -> Bool {
        guard let boxed = services[entry.seniority.key]?.boxedRequest else { return false }
        let request = boxed.value
        func hasRoom(_ pool: Int) -> Bool {
            request.wish.sharingKey != nil
                || request.wantedFamilies.contains { book.hasFree(pool: pool, family: $0) }
        }
        switch entry.hope {
        case .none:
            return false
        case .addresses(let addresses):
            return addresses.contains { book.table.index(of: $0).map(pools.contains) ?? false }
        case .pool(let pool):
            return pools.contains(pool) && hasRoom(pool)
        case .anyPool:
            return pools.contains { pool in
                hasRoom(pool)
                    && admission.refusal(of: book.table.pools[pool], for: boxed) == nil
            }
        }
    }
}
