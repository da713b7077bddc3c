import Addressing

/// All pools with their spaces, found by address or by name.
struct PoolTable: Sendable {
    let pools: [Pool]
    /// Two for each pool, IPv4 then IPv6.
    private var spaces: [PoolSpace]
    /// Every range of every pool, by address.
    private let ranges: [PoolRange]
    private let indexByName: [String: Int]
    /// The order in which pools are tried: those that select services first, each group by
    /// priority, then file order.
    let orderOfTrial: [Int]

    private struct PoolRange: Sendable {
        let range: AddressRange
        let pool: Int
    }

    init(_ set: PoolSet = PoolSet()) {
        pools = set.pools
        spaces = pools.flatMap { pool in
            AddressFamily.allCases.map { PoolSpace(pool, family: $0) }
        }
        ranges = pools.enumerated()
            .flatMap { index, pool in pool.ranges.map { PoolRange(range: $0, pool: index) } }
            .sorted { $0.range < $1.range }
        indexByName = Dictionary(
            pools.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
        let pools = set.pools
        orderOfTrial = pools.indices.sorted {
            let (left, right) = (pools[$0], pools[$1])
            return (left.selectsServices ? 0 : 1, left.priority, $0)
                < (right.selectsServices ? 0 : 1, right.priority, $1)
        }
    }

    func index(named name: String) -> Int? { indexByName[name] }

    /// The pool that lists the address, also when it excludes it.
    func index(of address: IPAddress) -> Int? {
        let position = ranges.partitionIndex { !($0.range.last < address) }
        guard position < ranges.count, ranges[position].range.contains(address) else { return nil }
        return ranges[position].pool
    }

    func pool(of address: IPAddress) -> Pool? { index(of: address).map { pools[$0] } }

    /// The name of that pool.
    func name(of address: IPAddress) -> String? { index(of: address).map { pools[$0].name } }

    subscript(pool: Int, family: AddressFamily) -> PoolSpace {
        get { spaces[2 * pool + (family == .ipv4 ? 0 : 1)] }
        _modify { yield &spaces[2 * pool + (family == .ipv4 ? 0 : 1)] }
    }
}
