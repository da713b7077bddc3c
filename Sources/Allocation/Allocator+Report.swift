import Addressing

extension Allocator {
    /// In pool order.
    package var poolUsage: [PoolUsage] {
        book.table.pools.enumerated().map { index, pool in
            let families = AddressFamily.allCases.filter { family in
                pool.ranges.contains { $0.family == family }
            }
            return PoolUsage(
                pool: pool.name,
                families: families.map { usage(of: book.table[index, $0], $0) })
        }
    }

    private func usage(
        of space: PoolSpace, _ family: AddressFamily
    ) -> PoolUsage.FamilyUsage {
        PoolUsage.FamilyUsage(
            family: family, total: space.total, used: UInt128(space.usedCount),
            available: space.available, quarantined: UInt128(space.quarantinedCount))
    }

    /// Every address that is held, probed or in quarantine, sorted.
    package var addresses: [AllocatedAddress] {
        book.addresses.compactMap { address in
            let found = report(address, book[address], book.table.name(of: address))
            return found.state == .free ? nil : found
        }
    }

    /// Services that wait, oldest first; one that has an address and would like another of the
    /// second family is not among them.
    package var pending: [PendingService] {
        waiting.list.compactMap { entry in
            guard let record = services[entry.seniority.key], let condition = record.refusal else {
                return nil
            }
            return PendingService(
                service: entry.seniority.key, condition: condition, addresses: record.claims)
        }
    }

    /// Services whose ingress another load balancer wrote, sorted.
    package var foreignServices: [ServiceKey] {
        services.elements.filter { $0.request.isOurs && isForeign($0) }.map(\.key).sorted()
    }

    /// Nil when no such service is known, or it is not for Herald.
    package func explanation(of service: ServiceKey) -> ServiceExplanation? {
        guard let record = services[service], record.request.isOurs else { return nil }
        let isForeign = isForeign(record)
        let isProbing = record.target.contains { book[$0].isProbing }
        let pools = record.target.map { book.table.name(of: $0) }
        let condition =
            !record.isDecided || isForeign || isProbing
            ? nil : record.refusal ?? .allocated(record.target, pools)
        return ServiceExplanation(
            service: service,
            addresses: record.claims.map {
                report($0, book[$0], book.table.name(of: $0))
            },
            condition: condition, isForeign: isForeign,
            pools: book.table.orderOfTrial.map { verdict(of: $0, for: record.boxedRequest) })
    }

    private func verdict(
        of index: Int, for boxed: Boxed<ServiceRequest>
    ) -> ServiceExplanation.PoolVerdict {
        let request = boxed.value
        let pool = book.table.pools[index]
        let isAskedFor = request.wish.pool == pool.name || !request.wish.addresses.isEmpty
        let families = request.wantedFamilies
        let why: String? =
            if let why = admission.refusal(of: pool, for: boxed) {
                why
            } else if pool.isDraining {
                "is draining and takes nobody new"
            } else if !pool.autoAssign && !isAskedFor {
                "assigns only on request"
            } else if let quota = pool.quotaPerNamespace,
                book.count(namespace: request.key.namespace, pool: index) >= quota
            {
                "has a quota of \(quota) for each namespace, which is used up"
            } else if let family = families.first(where: { !book.hasFree(pool: index, family: $0) })
            {
                "has no free \(family.rawValue) address"
            } else {
                nil
            }
        return ServiceExplanation.PoolVerdict(
            pool: pool.name, admits: why == nil, why: why ?? "could serve it")
    }
}
