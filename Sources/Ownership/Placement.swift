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
        /// Its view of the API is stale, or its loop runs late again and again: it gets what no
        /// other may have.
        let isHindered: Bool
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
    /// The same for each group of addresses with the same candidates, by group; of groups in which
    /// nothing is placed, nothing.
    private(set) var groupLoads: [[Int]]
    /// Whom the last address was counted for.
    private(set) var best: Int?
    /// How many addresses were placed: fields that did not count all of them are out of order.
    private var placed = 0

    init(loads: [Int], groupLoads: [[Int]]) {
        self.loads = loads
        self.groupLoads = groupLoads
    }

    func load(_ node: Int, inGroup group: Int) -> Int { groupLoads[group][node] }

    /// Counts the address for the best candidate and gives the position of `node` in the order of
    /// the candidates, nil when it is none.
    mutating func rank(of node: Int, among candidates: [Candidate], for place: Place) -> Int? {
        var field = PlacementField(candidates, of: node)
        return rank(in: &field, for: place)
    }

    /// The same among the candidates of a field, which stays in order from one address to the next.
    mutating func rank(in field: inout PlacementField, for place: Place) -> Int? {
        if field.counted != placed { field.arrange(loads, groupLoads[place.group]) }
        best = nil
        guard let result = field.place(place.hash) else { return nil }
        best = result.best
        loads[result.best] += 1
        groupLoads[place.group][result.best] += 1
        placed += 1
        field.counted = placed
        return result.position
    }

    func best(of candidates: [Candidate], for place: Place) -> Candidate? {
        var field = PlacementField(candidates, of: nil)
        field.arrange(loads, groupLoads[place.group])
        return field.place(place.hash).flatMap { result in
            candidates.first { $0.node == result.best }
        }
    }
}
