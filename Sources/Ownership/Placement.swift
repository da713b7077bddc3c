import Wire

/// Which node a free address goes to (rule 10), and what comes next if that one stays silent.
///
/// Free addresses are placed one after another in address order, each counted before the next, so
/// that every node that knows the same comes to the same plan.
struct Placement: Sendable {
    /// A node that may hold an address, with what decides.
    struct Candidate: Hashable, Sendable {
        /// Index in the `NodeDirectory`.
        let node: Int
        /// `StableHash` of its name.
        let tag: UInt64
        let isStale: Bool
        /// The `preferNodes` sum.
        let preference: Int
    }

    /// The address that is placed.
    struct Place: Hashable, Sendable {
        /// `StableHash` of the address.
        let hash: UInt64
        /// The number of its `AddressGroup`.
        let group: Int
    }

    /// Addresses that each node has or is planned to get, by `NodeDirectory` index.
    private(set) var loads: [Int]
    /// The same for each group of addresses with the same candidates, by group.
    private(set) var groupLoads: [[Int]]

    init(loads: [Int], groupLoads: [[Int]]) {
        self.loads = loads
        self.groupLoads = groupLoads
    }

    func load(_ node: Int, inGroup group: Int) -> Int { groupLoads[group][node] }

    /// Counts the address for the best candidate and gives the position of `node` in the order of
    /// the candidates, nil when it is none.
    mutating func rank(of node: Int, among candidates: [Candidate], for place: Place) -> Int? {
        let own = candidates.first { $0.node == node }.map { order($0, place) }
        var best: Order?
        var position = 0
        for candidate in candidates {
            let order = order(candidate, place)
            if best.map({ order < $0 }) ?? true { best = order }
            if let own, order < own { position += 1 }
        }
        guard let best else { return nil }
        loads[best.node] += 1
        groupLoads[place.group][best.node] += 1
        return own.map { _ in position }
    }

    func best(of candidates: [Candidate], for place: Place) -> Candidate? {
        candidates.min { order($0, place) < order($1, place) }
    }

    private func order(_ candidate: Candidate, _ place: Place) -> Order {
        Order(
            node: candidate.node, isStale: candidate.isStale, preference: candidate.preference,
            groupLoad: groupLoads[place.group][candidate.node], load: loads[candidate.node],
            rendezvous: StableHash.rendezvous(address: place.hash, node: candidate.tag))
    }

    /// What a candidate's place in the order of all depends on: the least comes first.
    private struct Order: Comparable {
        let node: Int
        let isStale: Bool
        let preference: Int
        let groupLoad: Int
        let load: Int
        let rendezvous: UInt64

        /// 1. A fresh view before a stale one. 2. The higher preference. 3. The fewer addresses
        /// among those with the same candidates, so that each such group is even. 4. The fewer
        /// addresses in all. 5. The higher rendezvous value.
        static func < (left: Order, right: Order) -> Bool {
            if left.isStale != right.isStale { return right.isStale }
            if left.preference != right.preference { return left.preference > right.preference }
            if left.groupLoad != right.groupLoad { return left.groupLoad < right.groupLoad }
            if left.load != right.load { return left.load < right.load }
            return left.rendezvous > right.rendezvous
        }
    }
}
