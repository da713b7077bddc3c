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
        guard let best = best(of: candidates, for: place) else { return nil }
        defer {
            loads[best.node] += 1
            groupLoads[place.group][best.node] += 1
        }
        guard best.node != node else { return 0 }
        guard let own = candidates.first(where: { $0.node == node }) else { return nil }
        return candidates.count { precedes($0, own, place) }
    }

    func best(of candidates: [Candidate], for place: Place) -> Candidate? {
        candidates.min { precedes($0, $1, place) }
    }

    /// 1. A fresh view before a stale one. 2. The higher preference. 3. The fewer addresses among
    /// those with the same candidates, so that each such group is even. 4. The fewer addresses in
    /// all. 5. The higher rendezvous value.
    private func precedes(_ left: Candidate, _ right: Candidate, _ place: Place) -> Bool {
        if left.isStale != right.isStale { return right.isStale }
        if left.preference != right.preference { return left.preference > right.preference }
        let leftLoad = groupLoads[place.group][left.node]
        let rightLoad = groupLoads[place.group][right.node]
        if leftLoad != rightLoad { return leftLoad < rightLoad }
        if loads[left.node] != loads[right.node] { return loads[left.node] < loads[right.node] }
        return StableHash.rendezvous(address: place.hash, node: left.tag)
            > StableHash.rendezvous(address: place.hash, node: right.tag)
    }
}
