import Addressing

extension Allocator {
    /// Takes the newest object of a service in; decides nothing.
    mutating func store(_ request: ServiceRequest) {
        let key = request.key
        guard let old = services[key]?.request else {
            services[key] = ServiceRecord(request)
            index(request.wish.sharingKey, key)
            return
        }
        guard old.uid == request.uid else {
            remove(key)
            store(request)
            return
        }
        if old.wish.sharingKey != request.wish.sharingKey {
            unindex(old.wish.sharingKey, key)
            index(request.wish.sharingKey, key)
        }
        services[key]?.request = request
        if waiting.remove(key) { turn.unsettled.append(Seniority(request)) }
        if !old.sharesLike(request) { book.noteFreed(services[key]?.claims ?? []) }
    }

    /// Forgets a service that is gone, or that another one of the same name has replaced.
    mutating func remove(_ key: ServiceKey) {
        guard let record = services[key] else { return }
        for address in record.claims { book.release(address, from: key, at: turn.now) }
        unindex(record.request.wish.sharingKey, key)
        waiting.remove(key)
        services[key] = nil
    }

    private mutating func index(_ sharingKey: String?, _ key: ServiceKey) {
        guard let sharingKey else { return }
        sharers[sharingKey, default: []].insert(key)
    }

    private mutating func unindex(_ sharingKey: String?, _ key: ServiceKey) {
        guard let sharingKey else { return }
        sharers[sharingKey]?.remove(key)
        if sharers[sharingKey]?.isEmpty == true { sharers[sharingKey] = nil }
    }

    /// Looks anew at what these services hold, then decides for each.
    ///
    /// All that may stay is confirmed first, the older before the younger, so that nobody is given
    /// what another one holds; those of the services that are not looked at stand.
    mutating func readmit(_ keys: [ServiceKey]) {
        guard isReady else { return }
        let ordered = keys.compactMap { services[$0]?.seniority }.sorted().map(\.key)
        var unconfirmed = Set(ordered)
        for key in ordered {
            confirmClaims(of: key, against: unconfirmed)
            unconfirmed.remove(key)
        }
        for key in ordered { settle(key) }
    }

    /// Keeps what the service holds and still may hold, and adopts what a service shows that was
    /// never decided on.
    private mutating func confirmClaims(
        of key: ServiceKey, against unconfirmed: Set<ServiceKey>
    ) {
        guard var record = services[key], record.request.isOurs else { return }
        let held = record.claims
        let shown = record.isDecided ? [] : record.request.shown.addresses
        var seen: [IPAddress] = []
        for address in held + shown where !seen.contains(address) {
            seen.append(address)
            if let why = claimRefusal(of: address, for: record.request, unconfirmed: unconfirmed) {
                losses[key, default: [:]][address] = why
                guard held.contains(address) else { continue }
                book.release(address, from: key, at: turn.now)
                record.target.removeAll { $0 == address }
                record.leaving.removeAll { $0 == address }
            } else if !held.contains(address) {
                book.hold(address, for: key)
                record.target.append(address)
            }
        }
        services[key] = record
    }

    /// Why the service may not go on holding the address; nil: it may. In this order:
    ///
    /// 1. No pool has it. 2. The pool leaves it out. 3. The pool is not for the service. 4. The
    /// service has no ClusterIP of its family. 5. Another holder cannot share it.
    private func claimRefusal(
        of address: IPAddress, for request: ServiceRequest, unconfirmed: Set<ServiceKey>
    ) -> String? {
        guard let index = book.table.index(of: address) else {
            return "the pool files no longer contain it"
        }
        let pool = book.table.pools[index]
        guard book.table[index, address.family].isEligible(address) else {
            return "the pool files leave it out of pool \(pool.name) now"
        }
        if let why = admission.refusal(of: pool, for: request) { return "pool \(pool.name) \(why)" }
        guard request.families.isEmpty || request.wantedFamilies.contains(address.family) else {
            return "the service has no \(address.family.rawValue) ClusterIP any more"
        }
        for holder in book[address].holders
        where holder != request.key && !unconfirmed.contains(holder) {
            guard let other = services[holder]?.request else { continue }
            if let refusal = SharingRefusal(request, other) {
                return "it cannot be shared with \(holder): \(refusal.why)"
            }
        }
        return nil
    }
}

extension ServiceRequest {
    /// Equal in all that the sharing rule asks.
    func sharesLike(_ other: ServiceRequest) -> Bool {
        wish.sharingKey == other.wish.sharingKey && ports == other.ports
            && trafficPolicy == other.trafficPolicy && selector == other.selector
    }
}
