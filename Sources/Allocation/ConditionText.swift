import Addressing

/// The sentence of each refusal: the values, and what would help.
///
/// A sentence must not change while its cause stays, else every pass would write it anew: no
/// counts of others and no remaining times.
extension AllocationCondition {
    static let noClusterIP = AllocationCondition(
        .noClusterIP, "the service has no ClusterIP yet; it waits for one")

    static let noPools = AllocationCondition(
        .noPools, "there are no address pools; put a pool file into the pools folder")

    static func allocated(_ addresses: [IPAddress], _ pools: [String?]) -> AllocationCondition {
        let parts = zip(addresses, pools).map { address, pool in
            "\(address) from pool \(pool ?? "none")"
        }
        return AllocationCondition(.allocated, parts.joined(separator: " and "))
    }

    /// Whether this is the sentence of an allocation that `address` is part of.
    func isAllocation(of address: IPAddress) -> Bool {
        let part = "\(address) from pool "
        return reason == .allocated
            && (message.hasPrefix(part) || message.contains(" and " + part))
    }

    static func oneClusterIP(_ families: [AddressFamily]) -> AllocationCondition {
        AllocationCondition(
            .noDualStackPool,
            "the service requires dual stack and has only an \(families.first?.rawValue ?? "unknown")"
                + " ClusterIP; the cluster must give it two")
    }

    static func unknownPool(_ name: String, _ pools: [Pool]) -> AllocationCondition {
        AllocationCondition(
            .unknownPool, "requested pool \(name) does not exist; there are \(names(pools))")
    }

    static func notInAnyPool(_ address: IPAddress) -> AllocationCondition {
        AllocationCondition(
            .notInAnyPool,
            "requested address \(address) is in no pool; add it to one or request another")
    }

    static func leftOut(_ address: IPAddress, _ pool: Pool) -> AllocationCondition {
        let isExcluded = pool.excluded.contains { $0.contains(address) }
        let why = isExcluded ? "excludes it" : "avoids addresses that end in 0 or 255"
        return AllocationCondition(
            .notInAnyPool, "requested address \(address) is in pool \(pool.name), which \(why)")
    }

    static func conflict(_ address: IPAddress, _ rival: LinkAddress) -> AllocationCondition {
        AllocationCondition(
            .addressConflict,
            "address \(address) is used by a foreign host with link-layer address \(rival); "
                + "free it there or request another")
    }

    static func notShareable(
        _ address: IPAddress, _ holder: ServiceKey, _ refusal: SharingRefusal
    ) -> AllocationCondition {
        refusal == .keysDiffer
            ? AllocationCondition(
                .addressInUse,
                "address \(address) is held by \(holder); equal sharing keys would let both have it"
            )
            : AllocationCondition(
                .sharingConflict,
                "address \(address) cannot be shared with \(holder): \(refusal.why)")
    }

    static func quotaExceeded(
        _ pool: Pool, _ quota: Int, _ namespace: String
    ) -> AllocationCondition {
        AllocationCondition(
            .quotaExceeded,
            "namespace \(namespace) may hold \(quota) of pool \(pool.name) and would hold more; "
                + "release a service or raise quota.perNamespace")
    }

    /// An address that a foreign host uses, and how many more there are.
    struct Rivals {
        let address: IPAddress
        let linkAddress: LinkAddress
        let others: Int

        var text: String {
            let more = others == 0 ? "" : " (one of \(others + 1) that heraldctl addresses names)"
            return "\(address)\(more), which a foreign host with link-layer address "
                + "\(linkAddress) uses"
        }
    }

    static func exhausted(
        _ pools: [Pool], _ family: AddressFamily, rivals: Rivals? = nil
    ) -> AllocationCondition {
        let has = pools.count == 1 ? "has" : "have"
        let rivals = rivals.map { ", or free \($0.text)" } ?? ""
        return AllocationCondition(
            .poolExhausted,
            "\(named(pools)) \(has) no free \(family.rawValue) address; add addresses or release a "
                + "service\(rivals)")
    }

    static func noDualStackPool(_ pools: [Pool]) -> AllocationCondition {
        let has = pools.count == 1 ? "has" : "have"
        return AllocationCondition(
            .noDualStackPool,
            "\(named(pools)) \(has) not both families, which the service requires from one pool; "
                + "add the missing family to a pool")
    }

    static func noFamily(_ families: [AddressFamily], _ pools: [Pool]) -> AllocationCondition {
        let has = pools.count == 1 ? "has" : "have"
        return AllocationCondition(
            .noMatchingPool,
            "\(named(pools)) \(has) no \(families.map(\.rawValue).joined(separator: " or ")) "
                + "addresses; add some to a pool")
    }

    /// `verdicts`: every pool with why it does not admit the service, nil when it does.
    static func noMatchingPool(
        _ verdicts: [(pool: Pool, why: String?)], _ service: ServiceKey
    ) -> AllocationCondition {
        let parts = verdicts.map { pool, why in
            "pool \(pool.name) "
                + (why ?? (pool.isDraining ? "is draining" : "assigns only on request"))
        }
        return AllocationCondition(
            .noMatchingPool, "no pool is for \(service): \(shortened(parts))")
    }

    private static func named(_ pools: [Pool]) -> String {
        (pools.count == 1 ? "pool " : "pools ") + names(pools)
    }

    private static func names(_ pools: [Pool]) -> String {
        shortened(pools.map(\.name))
    }

    /// Entries of a list in a sentence before "and N more".
    private static let listedMax = 5

    private static func shortened(_ parts: [String]) -> String {
        guard parts.count > listedMax else { return parts.joined(separator: ", ") }
        return parts.prefix(listedMax).joined(separator: ", ")
            + " and \(parts.count - listedMax) more"
    }
}

extension [IPAddress] {
    /// `192.0.2.1, 192.0.2.2`.
    var list: String { map(\.description).joined(separator: ", ") }
}
