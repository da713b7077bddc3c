import Addressing

extension Allocator {
    /// Takes the newest object of a service in; decides nothing.
    mutating func store(_ request: ServiceRequest) {
        let key = request.key
        guard let position = services.position(of: key) else {
            services.insert(ServiceRecord(request))
            index(request.wish.sharingKey, key)
            return
        }
        let old = services[position: position].request
        guard old.uid == request.uid else {
            remove(key)
            store(request)
            return
        }
        if old.wish.sharingKey != request.wish.sharingKey {
            unindex(old.wish.sharingKey, key)
            index(request.wish.sharingKey, key)
        }
        services[position: position].request = request
        services[position: position].former.removeAll { !request.shown.addresses.contains($0) }
        let record = services[position: position]
        if waiting.remove(key) { turn.unsettled.append(record.seniority) }
        if !old.sharesLike(request) { book.noteFreed(record.claims) }
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
        // Nobody comes or goes meanwhile, so that positions stand.
        let ordered = keys.compactMap(services.position(of:))
            .map { (seniority: services[position: $0].seniority, position: $0) }
            .sorted { $0.seniority < $1.seniority }
        for (_, position) in ordered { services[position: position].isUnconfirmed = true }
        for (_, position) in ordered { confirmClaims(ofServiceAt: position) }
        for (_, position) in ordered { settle(serviceAt: position) }
    }

    /// Keeps what the service holds and still may hold, and adopts what a service shows that was
    /// never decided on.
    private mutating func confirmClaims(ofServiceAt position: Int) {
        services[position: position].isUnconfirmed = false
        var record = services[position: position]
        guard record.request.isOurs else { return }
        let key = record.key
        let held = record.claims
        let shown = record.isDecided ? [] : record.request.shown.addresses
        var seen: [IPAddress] = []
        for address in held + shown where !seen.contains(address) {
            seen.append(address)
            if let why = claimRefusal(of: address, for: record.boxedRequest) {
                losses[key, default: [:]][address] = why
                if held.contains(address) || showsAsOurs(record) {
                    record.former.append(address)
                }
                guard held.contains(address) else { continue }
                book.release(address, from: key, at: turn.now)
                record.target.removeAll { $0 == address }
                record.leaving.removeAll { $0 == address }
            } else if !held.contains(address) {
                book.hold(address, for: key)
                record.target.append(address)
            }
        }
        services[position: position] = record
    }

    /// Whether a leader that has just started takes what is shown for what was given before, as
    /// the condition tells of something else.
    private func showsAsOurs(_ record: ServiceRecord) -> Bool {
        let shown = record.request.shown
        return shown.allocatedFrom != nil && shown.condition?.reason != .allocated
    }

    /// Why the service may not go on holding the address; nil: it may. In this order:
    ///
    /// 1. No pool has it. 2. The pool leaves it out. 3. The pool is not for the service. 4. The
    /// service has no ClusterIP of its family. 5. Another holder cannot share it.
    private func claimRefusal(
        of address: IPAddress, for boxed: Boxed<ServiceRequest>
    ) -> String? {
        let request = boxed.value
        guard let index = book.table.index(of: address) else {
            return "the pool files no longer contain it"
        }
        var pool: Pool { book.table.pools[index] }
        guard book.table[index, address.family].isEligible(address) else {
            return "the pool files leave it out of pool \(pool.name) now"
        }
        if let why = admission.refusal(of: pool, for: boxed) { return "pool \(pool.name) \(why)" }
        guard request.families.isEmpty || request.wantedFamilies.contains(address.family) else {
            return "the service has no \(address.family.rawValue) ClusterIP any more"
        }
        for holder in book[address].holders.list where holder != request.key {
            guard let other = services[holder], !other.isUnconfirmed else { continue }
            if let refusal = SharingRefusal(request, other.request) {
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
