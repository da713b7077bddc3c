import Wire

/// The candidates for addresses of one group, the least loaded first.
///
/// What decides between two candidates, the least first: 1. A fresh view and a steady loop before a
/// hindered node. 2. The higher preference. 3. The fewer addresses among those with the same
/// candidates, so that each such group is even. 4. The fewer addresses in all. 5. The higher
/// rendezvous value. The first four are one number, the level, and are the same for every address:
/// the field is kept in their order, and only those of one level are told apart by address.
struct PlacementField: Sendable {
    private struct Runner: Sendable {
        let node: Int
        /// What the rendezvous value depends on.
        let share: UInt64
        /// Criteria 1 and 2.
        let merit: UInt128
        /// Criteria 1 to 4.
        var level: UInt128
    }

    /// Ascending by level.
    private var runners: [Runner]
    /// The node whose position is wanted.
    private var own: Runner?
    /// The `placed` of the `Placement` whose loads the levels show; nil before the first.
    var counted: Int?

    /// One more address in the group, and in all.
    private static let oneMore: UInt128 = 1 << loadBits | 1
    private static let loadBits = 48
    /// Sums of weights of 1 to 100 are far below.
    private static let preferenceMax = 1 << 30 - 1

    init(_ candidates: [Placement.Candidate], of node: Int?) {
        runners = candidates.map { candidate in
            let preference = min(max(candidate.preference, -Self.preferenceMax), Self.preferenceMax)
            let merit = UInt128(Self.preferenceMax - preference) << (2 * Self.loadBits)
            return Runner(
                node: candidate.node, share: StableHash.share(ofNode: candidate.tag),
                merit: candidate.isHindered ? merit | 1 << 127 : merit, level: 0)
        }
        own = runners.first { $0.node == node }
    }

    /// Takes up loads, by `NodeDirectory` index.
    mutating func arrange(_ loads: [Int], _ groupLoads: [Int]) {
        for index in runners.indices {
            let node = runners[index].node
            runners[index].level =
                runners[index].merit | UInt128(groupLoads[node]) << Self.loadBits
                | UInt128(loads[node])
            if node == own?.node { own = runners[index] }
        }
        runners.sort { ($0.level, $0.node) < ($1.level, $1.node) }
    }

    /// Counts one address for the best candidate; nil when there is none. Gives that node, and the
    /// position of the node whose position is wanted, nil when it is no candidate.
    mutating func place(_ address: UInt64) -> (best: Int, position: Int?)? {
        guard let first = runners.first else { return nil }
        let ownValue = own.map { StableHash.rendezvous(address: address, share: $0.share) } ?? 0
        var (best, bestValue, higher) = (0, UInt64(0), 0)
        var end = 0
        while end < runners.count, runners[end].level == first.level {
            let value = StableHash.rendezvous(address: address, share: runners[end].share)
            if value > ownValue { higher += 1 }
            if value > bestValue || (value == bestValue && isFormer(end, best)) {
                (best, bestValue) = (end, value)
            }
            end += 1
        }
        let place = own.map { own in
            own.level == first.level ? higher : position(of: own, ownValue, address)
        }
        let node = runners[best].node
        count(best, last: end - 1)
        return (node, place)
    }

    /// Two nodes of one value, which takes two names of one hash.
    private func isFormer(_ index: Int, _ other: Int) -> Bool {
        runners[index].node <= runners[other].node
    }

    private func position(of own: Runner, _ ownValue: UInt64, _ address: UInt64) -> Int {
        let start = start(of: own.level)
        var position = start
        var index = start
        while index < runners.count, runners[index].level == own.level {
            let value = StableHash.rendezvous(address: address, share: runners[index].share)
            if value > ownValue { position += 1 }
            index += 1
        }
        return position
    }

    /// One address more for the runner; the others stay in order.
    private mutating func count(_ index: Int, last: Int) {
        runners.swapAt(index, last)
        runners[last].level += Self.oneMore
        let runner = runners[last]
        if runner.node == own?.node { own = runner }
        var place = last
        while place + 1 < runners.count, runners[place + 1].level < runner.level {
            runners[place] = runners[place + 1]
            place += 1
        }
        runners[place] = runner
    }

    /// The position of the first runner of the level; there is one.
    private func start(of level: UInt128) -> Int {
        runners.firstIndex(notBefore: { $0.level < level })
    }
}
