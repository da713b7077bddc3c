import Addressing
import Allocation
import Timing

/// Pools and services of the sizes that are measured.
enum Scenario {
    static func pool(_ name: String, _ range: String, exclude: [AddressRange] = []) -> Pool {
        guard let range = try? AddressRange(range) else { preconditionFailure("\(range)") }
        var pool = Pool(name: name, ranges: [range], excluded: exclude)
        pool.announce.isEnabled = false
        pool.retain = .zero
        return pool
    }

    static func pools(count: Int) -> PoolSet {
        PoolSet((0..<count).map { pool("p\($0)", "10.\($0).0.0/16") })
    }

    /// An allocator with these pools that has heard all it must hear.
    static func allocator(_ pools: [Pool]) -> Allocator {
        var allocator = Allocator()
        _ = allocator.handle(.poolsChanged(PoolSet(pools)), at: .zero)
        _ = allocator.handle(.namespacesChanged([:]), at: .zero)
        _ = allocator.handle(.servicesListed([]), at: .zero)
        return allocator
    }

    /// Services that show what they were given before, spread over the pools.
    static func services(count: Int, pools: Int) -> [ServiceRequest] {
        (0..<count).map { number in
            let pool = number % pools
            let address = IPAddress.ipv4(
                IPv4Address(bits: 10 << 24 | UInt32(pool) << 16 | UInt32(number / pools)))
            var request = waiter(number)
            request.shown = ShownAllocation(
                addresses: [address], allocatedFrom: "p\(pool)",
                condition: AllocationCondition(.allocated, "\(address) from pool p\(pool)"))
            return request
        }
    }

    static func waiter(_ number: Int) -> ServiceRequest {
        ServiceRequest(
            key: ServiceKey(namespace: "namespace-\(number % 100)", name: "service-\(number)"),
            uid: "00000000-0000-0000-0000-\(number)", created: Int64(number),
            ports: [ServicePort("TCP", 443)])
    }

    /// 99 of 100 addresses left out, in many runs where the pool is wide enough to have them.
    static var nearlyFullPools: [(name: String, pool: Pool)] {
        [
            ("a /24", pool("small", "10.0.0.0/24", exclude: gaps(10 << 24, 2, step: 100))),
            ("a /8", pool("wide", "10.0.0.0/8", exclude: gaps(10 << 24, 160_000, step: 100))),
            ("a /64", wideIPv6),
        ]
    }

    private static func gaps(_ base: UInt32, _ count: UInt32, step: UInt32) -> [AddressRange] {
        (0..<count).compactMap { index in
            let first = IPv4Address(bits: base + index * step)
            let last = IPv4Address(bits: base + index * step + step - 2)
            return AddressRange(.ipv4(first), .ipv4(last))
        }
    }

    private static var wideIPv6: Pool {
        let base = UInt128(0x2001_0db8) << 96
        let step = UInt128(1) << 47
        let gaps = (0..<UInt128(100_000)).compactMap { index in
            AddressRange(
                .ipv6(IPv6Address(bits: base + index * step)),
                .ipv6(IPv6Address(bits: base + index * step + step / 100 * 99)))
        }
        return pool("v6", "2001:db8::/64", exclude: gaps)
    }

    /// One service comes and goes.
    static func takeAndGive(_ allocator: inout Allocator, _ round: Int) {
        var request = waiter(round)
        request.families = allocator.poolUsage[0].families.map(\.family)
        _ = allocator.handle(.serviceChanged(request), at: .zero)
        _ = allocator.handle(.serviceRemoved(request.key), at: .zero)
    }
}
