import Addressing
import Ownership
import Status

extension Reconciler {
    /// What compete for the same nodes: rule 12 evens those out among themselves.
    private struct Group: Hashable {
        let candidates: [String]
        let preferences: [String: Int]
    }

    /// The moves that a rebalance would make now: in each group from the most to the least loaded
    /// node, one address at a time, while the difference is two or more.
    ///
    /// Which of several equal nodes takes an address is decided on the segment: the plan names the
    /// first by name.
    func rebalancePlan() -> RebalancePlan {
        let alive = Set(segment.members.values.filter { $0.state == .alive }.map(\.node))
            .union([configuration.node])
        var owned: [Group: [String: [IPAddress]]] = [:]
        for address in addressBook.facts.keys.sorted() {
            guard let facts = addressBook.facts[address],
                case .nodes(let nodes) = facts.eligibility,
                let owner = segment.addresses[address]?.status.owner
            else { continue }
            let group = Group(
                candidates: nodes.filter(alive.contains), preferences: facts.preferences)
            guard group.candidates.contains(owner) else { continue }
            owned[group, default: [:]][owner, default: []].append(address)
        }
        let moves = owned.flatMap { group, owners in
            Self.moves(owners, among: group.candidates, preferences: group.preferences)
        }
        return RebalancePlan(
            moves: moves.sorted { $0.address < $1.address }.map {
                PlannedMove(address: "\($0.address)", from: $0.from, to: $0.to)
            })
    }

    private static func moves(
        _ owned: [String: [IPAddress]], among candidates: [String], preferences: [String: Int]
    ) -> [(address: IPAddress, from: String, to: String)] {
        var owned = owned
        var moves: [(address: IPAddress, from: String, to: String)] = []
        func load(_ node: String) -> Int { owned[node]?.count ?? 0 }
        let best = candidates.map { preferences[$0] ?? 0 }.max() ?? 0
        let takers = candidates.filter { preferences[$0] ?? 0 == best }.sorted()
        while let most = candidates.min(by: { (-load($0), $0) < (-load($1), $1) }),
            let least = takers.min(by: { (load($0), $0) < (load($1), $1) }),
            load(most) - load(least) >= 2, let address = owned[most]?.removeFirst()
        {
            owned[least, default: []].append(address)
            moves.append((address, most, least))
        }
        return moves
    }
}
