import Addressing
import Naming
import Timing

@testable import Allocation

/// A second allocator that has no index: it looks at every address of every pool each time.
///
/// It knows nothing of probes, writes or events, only who holds what and why not more.
struct NaiveAllocator {
    var pools: [Pool] = [] {
        didSet {
            listed = pools.map { pool in pool.ranges.flatMap(Self.all) }
        }
    }
    /// All addresses of each pool, in listed order.
    private var listed: [[IPAddress]] = []
    var labels: [String: [String: String]] = [:]
    var now = Instant.zero
    private(set) var services: [Service] = []
    private var kept: [IPAddress: (service: ServiceKey, until: Instant)] = [:]
    private var rests: [IPAddress: Instant] = [:]

    struct Service {
        var request: ServiceRequest
        var held: [IPAddress] = []
        var reason = AllocationReason.allocated
        /// Would take more if there were more.
        var isHungry = false
    }

    // MARK: - Events

    mutating func change(_ request: ServiceRequest) {
        passTime()
        if let index = index(request.key) {
            services[index].request = request
        } else {
            services.append(Service(request: request))
            services.sort { Seniority(Boxed($0.request)) < Seniority(Boxed($1.request)) }
        }
        dropInvalid(request.key)
        decide(request.key)
        feedTheHungry()
    }

    mutating func remove(_ key: ServiceKey) {
        passTime()
        guard let index = index(key) else { return }
        for address in services[index].held { release(address, key) }
        services.removeAll { $0.request.key == key }
        feedTheHungry()
    }

    /// Pools, labels or the time are different now.
    mutating func reconsider() {
        passTime()
        for service in services { dropInvalid(service.request.key) }
        for service in services { decide(service.request.key) }
        feedTheHungry()
    }

    mutating func wake() {
        passTime()
        feedTheHungry()
    }

    private mutating func passTime() {
        kept = kept.filter { $0.value.until > now }
        rests = rests.filter { $0.value > now }
    }

    /// From the oldest again whenever somebody got something.
    private mutating func feedTheHungry() {
        var index = 0
        while index < services.count {
            let before = services[index].held
            if services[index].isHungry { decide(services[index].request.key) }
            index = services[index].held == before ? index + 1 : 0
        }
    }

    // MARK: - Facts

    private func index(_ key: ServiceKey) -> Int? {
        services.firstIndex { $0.request.key == key }
    }

    private func pool(of address: IPAddress) -> Pool? {
        pools.first { pool in pool.ranges.contains { $0.contains(address) } }
    }

    private func holders(of address: IPAddress) -> [Service] {
        services.filter { $0.held.contains(address) }
    }

    private func isUsable(_ address: IPAddress, _ pool: Pool) -> Bool {
        let isBuggy = address.family == .ipv4 && [0, 255].contains(address.bits % 256)
        return !pool.excluded.contains { $0.contains(address) }
            && !(pool.avoidsBuggyAddresses && isBuggy)
    }

    private func admits(_ pool: Pool, _ request: ServiceRequest) -> Bool {
        let labels = labels[request.key.namespace] ?? [:]
        let byNamespace =
            pool.namespaces.isEmpty && pool.namespaceSelectors.isEmpty
            || pool.namespaces.contains(request.key.namespace)
            || pool.namespaceSelectors.contains { $0.matches(labels) }
        return byNamespace
            && (pool.serviceSelectors.isEmpty
                || pool.serviceSelectors.contains { $0.matches(request.labels) })
    }

    private func mayShare(_ left: ServiceRequest, _ right: ServiceRequest) -> Bool {
        left.wish.sharingKey != nil && left.wish.sharingKey == right.wish.sharingKey
            && Set(left.ports).isDisjoint(with: right.ports)
            && left.trafficPolicy == right.trafficPolicy
            && (left.trafficPolicy == .cluster || left.selector == right.selector)
    }

    private static func all(_ range: AddressRange) -> [IPAddress] {
        (0..<range.count).map { IPAddress(family: range.family, bits: range.first.bits + $0) }
    }

    /// All addresses of the pool and family in listed order.
    private func all(_ pool: Pool, _ family: AddressFamily) -> [IPAddress] {
        let index = pools.firstIndex { $0.name == pool.name }
        return index.map { listed[$0].filter { $0.family == family } } ?? []
    }

    private func isHeld(_ address: IPAddress) -> Bool {
        services.contains { $0.held.contains(address) }
    }

    private func wanted(_ request: ServiceRequest) -> [AddressFamily] {
        request.familyPolicy == .singleStack ? Array(request.families.prefix(1)) : request.families
    }

    // MARK: - Holding and releasing

    private mutating func release(_ address: IPAddress, _ key: ServiceKey) {
        guard let index = index(key) else { return }
        services[index].held.removeAll { $0 == address }
        guard !isHeld(address), let pool = pool(of: address) else { return }
        if pool.reuseDelay > .zero { rests[address] = now + pool.reuseDelay }
        if pool.retain > .zero { kept[address] = (key, now + pool.retain) }
    }

    private mutating func dropInvalid(_ key: ServiceKey) {
        guard let service = index(key).map({ services[$0] }) else { return }
        let request = service.request
        for address in service.held {
            let isValid =
                pool(of: address).map { isUsable(address, $0) && admits($0, request) } ?? false
            let others = holders(of: address).filter { $0.request.key != key }
            if !isValid || !wanted(request).contains(address.family)
                || !others.allSatisfy({ mayShare(request, $0.request) })
            {
                release(address, key)
            }
        }
    }

    private mutating func decide(_ key: ServiceKey) {
        guard let index = index(key) else { return }
        let (addresses, reason, isHungry) = choice(services[index])
        for address in services[index].held where !addresses.contains(address) {
            release(address, key)
        }
        services[index].held = addresses
        for address in addresses { kept[address] = nil }
        services[index].reason = reason
        services[index].isHungry = isHungry
    }

    // MARK: - Choosing

    private typealias Outcome = (addresses: [IPAddress], reason: AllocationReason, isHungry: Bool)

    private func choice(_ service: Service) -> Outcome {
        let request = service.request
        let wanted = wanted(request)
        let held = wanted.compactMap { family in service.held.first { $0.family == family } }
        guard !pools.isEmpty else { return ([], .noPools, true) }
        if request.familyPolicy == .requireDualStack && wanted.count < 2 {
            return (held, .noDualStackPool, true)
        }
        if let asked = request.wish.addresses.first { return choice(service, asked, held) }
        if let name = request.wish.pool {
            guard let pool = pools.first(where: { $0.name == name }) else {
                return (held, .unknownPool, true)
            }
            let inside = held.filter { self.pool(of: $0)?.name == name }
            if inside.count == wanted.count { return (inside, .allocated, false) }
            if !admits(pool, request) { return (held, .poolNotAllowed, true) }
            if !inside.isEmpty { return completed(inside, service, else: held) }
            if pool.isDraining { return (held, .poolNotAllowed, true) }
            return fresh([pool], service, else: held)
        }
        if held.count == wanted.count { return (held, .allocated, false) }
        if !held.isEmpty { return completed(held, service, else: held) }
        let candidates = pools.enumerated()
            .filter { $1.autoAssign && !$1.isDraining && admits($1, request) }
            .sorted { left, right in
                let ranks = [left, right].map { [$1.selectsServices ? 0 : 1, $1.priority, $0] }
                return ranks[0].lexicographicallyPrecedes(ranks[1])
            }
        if candidates.isEmpty { return (held, .noMatchingPool, true) }
        return fresh(candidates.map(\.element), service, else: held)
    }

    /// One address is asked for.
    private func choice(_ service: Service, _ asked: IPAddress, _ held: [IPAddress]) -> Outcome {
        let request = service.request
        if !service.held.contains(asked) {
            guard let pool = pool(of: asked) else { return (held, .notInAnyPool, true) }
            guard admits(pool, request) else { return (held, .poolNotAllowed, true) }
            guard isUsable(asked, pool) else { return (held, .notInAnyPool, true) }
            if pool.isDraining { return (held, .poolNotAllowed, true) }
            for other in holders(of: asked) where !mayShare(request, other.request) {
                let isSame =
                    request.wish.sharingKey != nil
                    && request.wish.sharingKey == other.request.wish.sharingKey
                return (held, isSame ? .sharingConflict : .addressInUse, true)
            }
            if rests[asked] != nil { return (held, .addressInUse, true) }
            if !hasQuota(service, for: [asked]) { return (held, .quotaExceeded, true) }
        }
        if wanted(request).count == 1 { return ([asked], .allocated, false) }
        return completed([asked], service, else: held)
    }

    /// Adds the family that is missing, from the same pool.
    private func completed(
        _ some: [IPAddress], _ service: Service, else fallback: [IPAddress]
    ) -> Outcome {
        let request = service.request
        guard let pool = some.first.flatMap({ pool(of: $0) }),
            let missing = wanted(request).first(where: { f in !some.contains { $0.family == f } })
        else { return (some, .allocated, false) }
        let own = service.held.first { $0.family == missing }
        let suits = request.wish.pool == nil ? own : nil
        let found = suits ?? (pool.isDraining ? nil : pick(pool, missing, service))
        if let found, hasQuota(service, for: some + [found]) {
            let both = wanted(request).compactMap { family in
                (some + [found]).first { $0.family == family }
            }
            return (both, .allocated, false)
        }
        guard request.familyPolicy == .requireDualStack else { return (some, .allocated, true) }
        let hasFamily = all(pool, missing).contains { isUsable($0, pool) }
        let reason: AllocationReason =
            !hasFamily
            ? .noDualStackPool : hasQuota(1, service, pool) ? .poolExhausted : .quotaExceeded
        return (fallback, reason, true)
    }

    /// New addresses from the first pool that can give them.
    private func fresh(
        _ pools: [Pool], _ service: Service, else fallback: [IPAddress]
    ) -> Outcome {
        let request = service.request
        let wanted = wanted(request)
        let former = formerAddresses(request.key).first { address in
            wanted.contains(address.family) && rests[address] == nil
                && !isHeld(address)
                && pools.contains { $0.name == pool(of: address)?.name && isUsable(address, $0) }
        }
        let home = former.flatMap { pool(of: $0)?.name }
        let ordered = pools.filter { $0.name == home } + pools.filter { $0.name != home }
        let ways = request.wish.sharingKey == nil ? [""] : ["", "else", "first"]
        if wanted.count == 2 {
            for way in ways {
                for pool in ordered {
                    let both = wanted.compactMap { pick(pool, $0, service, way) }
                    if both.count == 2, hasQuota(service, for: both) {
                        return (both, .allocated, false)
                    }
                }
            }
        }
        for family in request.familyPolicy == .requireDualStack ? [] : wanted {
            for way in ways {
                for pool in ordered {
                    if let one = pick(pool, family, service, way),
                        hasQuota(service, for: [one])
                    {
                        return ([one], .allocated, wanted.count == 2)
                    }
                }
            }
        }
        return (fallback, shortage(ordered, service), true)
    }

    private func shortage(_ pools: [Pool], _ service: Service) -> AllocationReason {
        let request = service.request
        let wanted = wanted(request)
        let needsBoth = request.familyPolicy == .requireDualStack
        let matching = pools.filter { pool in
            let has = wanted.filter { all(pool, $0).contains { isUsable($0, pool) } }
            return needsBoth ? has.count == 2 : !has.isEmpty
        }
        guard !matching.isEmpty else { return needsBoth ? .noDualStackPool : .noMatchingPool }
        let isOverQuota = matching.contains { pool in
            wanted.contains { pick(pool, $0, service) != nil }
                && !hasQuota(needsBoth ? 2 : 1, service, pool)
        }
        return isOverQuota ? .quotaExceeded : .poolExhausted
    }

    private func formerAddresses(_ key: ServiceKey) -> [IPAddress] {
        kept.filter { $0.value.service == key }
            .sorted { ($1.value.until, $0.key) < ($0.value.until, $1.key) }.map(\.key)
    }

    private func pick(
        _ pool: Pool, _ family: AddressFamily, _ service: Service, _ way: String = ""
    ) -> IPAddress? {
        let usable = all(pool, family).filter { isUsable($0, pool) }
        let idle = usable.filter { !isHeld($0) && rests[$0] == nil }
        let former = formerAddresses(service.request.key).first { idle.contains($0) }
        let found = former ?? idle.first { kept[$0] == nil } ?? idle.first
        if way == "" || way == "else" && found != nil { return found }
        let shared = usable.sorted().first { address in
            let holders = holders(of: address)
            return !holders.isEmpty && rests[address] == nil
                && holders.allSatisfy { mayShare(service.request, $0.request) }
        }
        return shared ?? found
    }

    // MARK: - Quota

    private func hasQuota(_ service: Service, for addresses: [IPAddress]) -> Bool {
        let namespace = service.request.key.namespace
        return pools.allSatisfy { pool in
            let inPool = addresses.filter { self.pool(of: $0)?.name == pool.name }
            let others = services.filter {
                $0.request.key.namespace == namespace && $0.request.key != service.request.key
            }
            let own = service.held.filter { held in
                !addresses.contains { $0.family == held.family }
            }
            let before = Set((others + [service]).flatMap(\.held))
                .filter { self.pool(of: $0)?.name == pool.name }
            let after = Set(others.flatMap(\.held) + own + addresses)
                .filter { self.pool(of: $0)?.name == pool.name }
            guard let quota = pool.quotaPerNamespace, !inPool.isEmpty else { return true }
            return after.count <= quota || after.count <= before.count
        }
    }

    private func hasQuota(_ count: Int, _ service: Service, _ pool: Pool) -> Bool {
        guard let quota = pool.quotaPerNamespace else { return true }
        let namespace = service.request.key.namespace
        let held = Set(
            services.filter { $0.request.key.namespace == namespace }.flatMap(\.held)
                .filter { self.pool(of: $0)?.name == pool.name })
        return held.count + count <= quota
    }
}
