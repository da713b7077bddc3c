import Addressing

/// What a service shall have and, when that is not all it asks for, why.
struct Choice: Hashable, Sendable {
    /// Primary family first.
    var addresses: [IPAddress]
    /// Nil: it has all it asks for.
    var refusal: AllocationCondition?
    /// What to wait for; nil: nothing.
    var hope: WaitingList.Hope?

    static func allocated(_ addresses: [IPAddress]) -> Choice {
        Choice(addresses: addresses)
    }

    static func refused(
        keeping addresses: [IPAddress], _ condition: AllocationCondition, hope: WaitingList.Hope
    ) -> Choice {
        Choice(addresses: addresses, refusal: condition, hope: hope)
    }
}

/// One service, what it holds validly, and everything that a choice for it depends on.
struct Chooser {
    let boxed: Boxed<ServiceRequest>
    /// Valid and held by the service, what works first.
    let claims: [IPAddress]
    let book: AddressBook
    let admission: Admission
    let services: CompactTable<ServiceRecord>
    /// Services that have the request's sharing key.
    let sharers: Set<ServiceKey>

    var request: ServiceRequest { boxed.value }
    var table: PoolTable { book.table }
    var wanted: [AddressFamily] { request.wantedFamilies }
    var requiresBoth: Bool { request.familyPolicy == .requireDualStack }

    /// What the service has anyway: one address of each wanted family.
    var kept: [IPAddress] { wanted.compactMap { claims.first(of: $0) } }

    /// Decides, in this order:
    ///
    /// 1. No ClusterIP yet: wait.
    /// 2. A request that cannot be understood: keep what there is.
    /// 3. No pools: nothing.
    /// 4. RequireDualStack with one ClusterIP: keep what there is.
    /// 5. Addresses asked for. 6. A pool asked for. 7. Any pool.
    func choose() -> Choice {
        guard !request.families.isEmpty else {
            return .refused(keeping: kept, .noClusterIP, hope: .none)
        }
        if let problem = request.wish.problem ?? familyProblem {
            let condition = AllocationCondition(.invalidRequest, problem)
            return .refused(keeping: kept, condition, hope: .none)
        }
        guard !table.pools.isEmpty else {
            return .refused(keeping: [], .noPools, hope: .none)
        }
        if requiresBoth && wanted.count < 2 {
            return .refused(keeping: kept, .oneClusterIP(wanted), hope: .none)
        }
        if !request.wish.addresses.isEmpty { return chooseRequested() }
        if let pool = request.wish.pool { return choosePool(named: pool) }
        return chooseAny()
    }

    /// What is wrong with the number and families of the requested addresses.
    private var familyProblem: String? {
        let addresses = request.wish.addresses
        guard addresses.count <= 2 else {
            return "\(addresses.count) addresses are requested (\(addresses.list)): "
                + "at most one of each family"
        }
        if addresses.count == 2, addresses[0].family == addresses[1].family {
            return "two \(addresses[0].family.rawValue) addresses are requested "
                + "(\(addresses.list)): at most one of each family"
        }
        guard let stray = addresses.first(where: { !wanted.contains($0.family) }) else {
            return nil
        }
        return "requested address \(stray) is \(stray.family.rawValue), the service has only "
            + wanted.map(\.rawValue).joined(separator: " and ")
    }

    // MARK: - By address

    private func chooseRequested() -> Choice {
        let asked = request.wish.addresses
        let hope = WaitingList.Hope.addresses(asked)
        for address in asked {
            if let condition = strayFromPool(address) ?? refusal(of: address) {
                return .refused(keeping: kept, condition, hope: hope)
            }
        }
        if let condition = quotaRefusal(adding: asked) {
            return .refused(keeping: kept, condition, hope: hope)
        }
        guard let missing = wanted.first(where: { asked.first(of: $0) == nil }) else {
            return .allocated(wanted.compactMap { asked.first(of: $0) })
        }
        return complete(asked, with: missing, whenRefused: kept)
    }

    /// An address and a pool are requested and do not go together.
    private func strayFromPool(_ address: IPAddress) -> AllocationCondition? {
        guard let name = request.wish.pool else { return nil }
        guard let pool = table.index(named: name) else { return .unknownPool(name, table.pools) }
        guard table.index(of: address) != pool else { return nil }
        return AllocationCondition(
            .invalidRequest, "requested address \(address) is not in requested pool \(name)")
    }

    // MARK: - By pool

    private func choosePool(named name: String) -> Choice {
        guard let pool = table.index(named: name) else {
            return .refused(keeping: kept, .unknownPool(name, table.pools), hope: .none)
        }
        let here = claims.filter { table.index(of: $0) == pool }
        let inside = wanted.compactMap { here.first(of: $0) }
        if inside.count == wanted.count { return .allocated(inside) }
        if let why = admission.refusal(of: table.pools[pool], for: boxed) {
            let condition = AllocationCondition(.poolNotAllowed, "pool \(name) \(why)")
            return .refused(keeping: kept, condition, hope: .none)
        }
        if let missing = wanted.first(where: { inside.first(of: $0) == nil }), !inside.isEmpty {
            return complete(inside, with: missing, whenRefused: kept)
        }
        guard !table.pools[pool].isDraining else {
            let condition = AllocationCondition(
                .poolNotAllowed, "pool \(name) is draining and takes nobody new")
            return .refused(keeping: kept, condition, hope: .none)
        }
        return choose(from: [pool], hope: .pool(pool), none: .unknownPool(name, table.pools))
    }

    // MARK: - Any pool

    private func chooseAny() -> Choice {
        if kept.count == wanted.count { return .allocated(kept) }
        if let missing = wanted.first(where: { kept.first(of: $0) == nil }), !kept.isEmpty {
            return complete(kept, with: missing, whenRefused: kept)
        }
        let candidates = table.orderOfTrial.filter { index in
            let pool = table.pools[index]
            return pool.autoAssign && !pool.isDraining
                && admission.refusal(of: pool, for: boxed) == nil
        }
        let none = AllocationCondition.noMatchingPool(
            table.orderOfTrial.map { index in
                let pool = table.pools[index]
                return (pool, admission.refusal(of: pool, for: boxed))
            }, request.key)
        return choose(from: candidates, hope: .anyPool, none: none)
    }

    /// Adds an address of the family `missing` from the pool of what there is.
    private func complete(
        _ addresses: [IPAddress], with missing: AddressFamily, whenRefused fallback: [IPAddress]
    ) -> Choice {
        guard let pool = addresses.first.flatMap(table.index(of:)) else {
            preconditionFailure("\(request.key) holds \(addresses), which lie in no pool")
        }
        let held = claims.first(of: missing)
        let suits = held.flatMap { held in
            request.wish.pool == nil || table.index(of: held) == pool ? held : nil
        }
        let isOpen = !table.pools[pool].isDraining
        if let found = suits ?? (isOpen ? pick(pool, missing) : nil),
            quotaRefusal(adding: addresses + [found]) == nil
        {
            return .allocated(wanted.compactMap { (addresses + [found]).first(of: $0) })
        }
        let hope = WaitingList.Hope.pool(pool)
        guard requiresBoth else {
            return Choice(addresses: addresses, refusal: nil, hope: hope)
        }
        let condition =
            table[pool, missing].hasAddresses
            ? quotaRefusal(pool: pool, count: 1) ?? .exhausted([table.pools[pool]], missing)
            : .noDualStackPool([table.pools[pool]])
        return .refused(keeping: fallback, condition, hope: hope)
    }
}
