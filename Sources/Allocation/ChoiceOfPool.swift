import Addressing

extension Chooser {
    /// Takes new addresses from the first of the pools that can give them.
    ///
    /// 1. The pool with the service's former address goes first.
    /// 2. Both families from one pool, when two are wanted: free ones, then shared ones.
    /// 3. Unless both are required, one family, primary first: free ones, then shared ones.
    func choose(
        from pools: [Int], hope: WaitingList.Hope, none: AllocationCondition
    ) -> Choice {
        guard !pools.isEmpty else { return .refused(keeping: kept, none, hope: .none) }
        let candidates = formerFirst(pools)
        let ways = request.wish.sharingKey == nil ? [.free] : Way.allCases
        if wanted.count == 2 {
            for way in ways {
                for pool in candidates {
                    let both = wanted.compactMap { pick(pool, $0, way) }
                    if both.count == 2, quotaRefusal(adding: both) == nil {
                        return .allocated(both)
                    }
                }
            }
        }
        for family in requiresBoth ? [] : wanted {
            for way in ways {
                for pool in candidates {
                    guard let one = pick(pool, family, way),
                        quotaRefusal(adding: [one]) == nil
                    else { continue }
                    let isAll = wanted.count == 1
                    return Choice(
                        addresses: [one], refusal: nil, hope: isAll ? nil : .pool(pool))
                }
            }
        }
        return .refused(keeping: kept, shortage(in: candidates), hope: hope)
    }

    /// Where an address is looked for, in the order of trial.
    enum Way: CaseIterable {
        case free
        case freeElseShared
        /// A shared address may be within a quota that a free one would exceed.
        case sharedElseFree
    }

    /// An address that the service may take from the pool: its former one, the first free one, the
    /// first that is kept for somebody else; and one that it may share, as `way` says.
    func pick(_ pool: Int, _ family: AddressFamily, _ way: Way = .free) -> IPAddress? {
        var free: IPAddress? { former(pool, family) ?? table[pool, family].firstFree }
        return switch way {
        case .free: free
        case .freeElseShared: free ?? shared(pool, family)
        case .sharedElseFree: shared(pool, family) ?? free
        }
    }

    private func former(_ pool: Int, _ family: AddressFamily) -> IPAddress? {
        book.addressesKept(for: request.key).first { address in
            address.family == family && table.index(of: address) == pool
                && !book[address].isBlocked && table[pool, family].isEligible(address)
        }
    }

    private func formerFirst(_ pools: [Int]) -> [Int] {
        let home = book.addressesKept(for: request.key).lazy
            .compactMap { [table] in table.index(of: $0) }
            .first { pool in
                pools.contains(pool) && wanted.contains { former(pool, $0) != nil }
            }
        guard let home else { return pools }
        return [home] + pools.filter { $0 != home }
    }

    /// The lowest address that services of the same sharing key hold and that fits.
    private func shared(_ pool: Int, _ family: AddressFamily) -> IPAddress? {
        let held = Set(sharers.flatMap { services[$0]?.claims ?? [] })
        return held.filter { $0.family == family && table.index(of: $0) == pool }
            .sorted().first { refusal(of: $0) == nil }
    }

    // MARK: - Refusals

    /// Why the service may not have this address; nil: it may, or has it. In this order:
    ///
    /// 1. In no pool. 2. Its pool is not for this service. 3. The pool leaves the address out.
    /// 4. The pool drains. 5. The network itself uses it. 6. A foreign host answered for it.
    /// 7. Others hold it and it cannot be shared. 8. It rests.
    func refusal(of address: IPAddress) -> AllocationCondition? {
        if claims.contains(address) { return nil }
        guard let index = table.index(of: address) else { return .notInAnyPool(address) }
        let pool = table.pools[index]
        if let why = admission.refusal(of: pool, for: boxed) {
            return AllocationCondition(
                .poolNotAllowed,
                "requested address \(address) is in pool \(pool.name), which \(why)")
        }
        guard table[index, address.family].isEligible(address) else {
            return .leftOut(address, pool)
        }
        if pool.isDraining {
            return AllocationCondition(
                .poolNotAllowed,
                "requested address \(address) is in pool \(pool.name), which is draining and takes "
                    + "nobody new")
        }
        let record = book[address]
        if let use = record.forbiddenUse {
            return AllocationCondition(.addressInUse, "address \(address) is \(use)")
        }
        if let quarantine = record.quarantine { return .conflict(address, quarantine.rival) }
        if let condition = sharingRefusal(of: address, held: record.holders.list) {
            return condition
        }
        if record.restsUntil != nil {
            return AllocationCondition(
                .addressInUse,
                "address \(address) was freed and rests for the reuseDelay of pool \(pool.name)")
        }
        return nil
    }

    private func sharingRefusal(
        of address: IPAddress, held holders: [ServiceKey]
    ) -> AllocationCondition? {
        for holder in holders where holder != request.key {
            guard let other = services[holder]?.request else {
                preconditionFailure("\(address) is held by \(holder), which is unknown")
            }
            if let refusal = SharingRefusal(request, other) {
                return .notShareable(address, holder, refusal)
            }
        }
        return nil
    }

    // MARK: - Quota

    /// Why the namespace may not hold these too, beside what the service would give up for them.
    func quotaRefusal(adding addresses: [IPAddress]) -> AllocationCondition? {
        for pool in Set(addresses.compactMap(table.index(of:))).sorted() {
            let count = addresses.filter { table.index(of: $0) == pool && isNew($0) }.count
            let givenUp = claims.filter {
                table.index(of: $0) == pool && !addresses.contains($0) && isAlone(on: $0)
                    && addresses.first(of: $0.family) != nil
            }.count
            if let condition = quotaRefusal(pool: pool, count: count - givenUp) {
                return condition
            }
        }
        return nil
    }

    func quotaRefusal(pool: Int, count: Int) -> AllocationCondition? {
        guard count > 0, let quota = table.pools[pool].quotaPerNamespace else { return nil }
        let namespace = request.key.namespace
        guard book.count(namespace: namespace, pool: pool) + count > quota else { return nil }
        return .quotaExceeded(table.pools[pool], quota, namespace)
    }

    /// Nobody of the namespace holds it.
    private func isNew(_ address: IPAddress) -> Bool {
        !book[address].holders.list.contains { $0.namespace == request.key.namespace }
    }

    /// Of the namespace only this service holds it.
    private func isAlone(on address: IPAddress) -> Bool {
        book[address].holders.list.filter { $0.namespace == request.key.namespace } == [request.key]
    }

    /// Why none of the pools can give anything.
    private func shortage(in pools: [Int]) -> AllocationCondition {
        let matching = pools.filter { pool in
            requiresBoth
                ? wanted.allSatisfy { table[pool, $0].hasAddresses }
                : wanted.contains { table[pool, $0].hasAddresses }
        }
        guard !matching.isEmpty else {
            let named = pools.map { table.pools[$0] }
            return requiresBoth ? .noDualStackPool(named) : .noFamily(wanted, named)
        }
        let count = requiresBoth ? 2 : 1
        for pool in matching where wanted.contains(where: { pick(pool, $0) != nil }) {
            if let condition = quotaRefusal(pool: pool, count: count) { return condition }
        }
        let short = wanted.first { family in
            matching.allSatisfy { table[$0, family].firstFree == nil }
        }
        let family = short ?? wanted[0]
        return .exhausted(
            matching.map { table.pools[$0] }, family,
            rivals: rivals(in: matching, family))
    }

    private func rivals(in pools: [Int], _ family: AddressFamily) -> AllocationCondition.Rivals? {
        let first = pools.lazy.compactMap { table[$0, family].firstQuarantined }.first
        guard let first, let quarantine = book[first].quarantine else { return nil }
        let count = pools.reduce(0) { $0 + table[$1, family].quarantinedCount }
        return AllocationCondition.Rivals(
            address: first, linkAddress: quarantine.rival, others: count - 1)
    }
}
