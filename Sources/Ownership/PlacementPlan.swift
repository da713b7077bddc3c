import Timing
import Wire

/// Which turn this node has at each free address, and what that was planned from.
///
/// The ranks follow from what is kept here and from nothing else: while that stays as it is, so do
/// they.
struct PlacementPlan: Sendable {
    /// Addresses that are alike in these have the same candidates.
    struct Key: Hashable, Sendable {
        let group: Int
        let links: [Int32]
    }

    /// The addresses of one key.
    struct Field: Sendable {
        let key: Key
        /// One of its slots.
        let example: Int
        let candidates: [Placement.Candidate]
        /// When others than now were last candidates; nil: not while this was planned.
        var candidatesChangedAt: Instant?
    }

    /// A free address.
    struct Turn: Sendable {
        let slot: Int
        /// Index in `fields`.
        let field: Int
        /// This node's position among the candidates, nil when it is none.
        var rank: Int?
        /// The best candidate, whose turn comes first.
        var first: Int?
    }

    /// What claims on the links of a field wait for.
    struct Wait: Hashable, Sendable {
        /// Beside what the rank asks for.
        var delay: Duration = .zero
        var until: Instant?
        /// Others may not know yet who the candidates are, or this node what they claim; for
        /// `rankStepMin` at most, counted from when the address could first be claimed.
        var untilSettled: Instant?
    }

    /// Nobody's turn has come yet.
    struct Idle: Sendable {
        /// By field.
        let waits: [Wait]
        /// When the first turn comes; nil: never, as it is.
        let until: Instant?
    }

    /// The `revision` of the slots.
    let revision: UInt64
    let loads: [Int]
    private(set) var fields: [Field] = []
    /// Ascending by address.
    private(set) var turns: [Turn] = []
    /// Set when all turns were looked at and none had come: while the plan and the waits stay and
    /// the time has not come, it is no use to look again.
    var idle: Idle?
    private var indexes: [Key: Int] = [:]

    init(_ slots: AddressSlots, loads: [Int], candidates: (Int) -> [Placement.Candidate]) {
        revision = slots.revision
        self.loads = loads
        for slot in slots.free {
            turns.append(Turn(slot: slot, field: field(of: slot, slots, candidates)))
        }
    }

    private mutating func field(
        of slot: Int, _ slots: AddressSlots, _ candidates: (Int) -> [Placement.Candidate]
    ) -> Int {
        let key = Key(group: slots[slot].group, links: slots[slot].links)
        if let last = turns.last?.field, fields[last].key == key { return last }
        if let known = indexes[key] { return known }
        indexes[key] = fields.count
        fields.append(Field(key: key, example: slot, candidates: candidates(slot)))
        return fields.count - 1
    }

    /// Takes over, or notes, when the candidates of each field changed.
    mutating func noteChanges(since former: PlacementPlan?, at now: Instant) {
        for index in fields.indices {
            guard let field = former?.indexes[fields[index].key].map({ former?.fields[$0] }) ?? nil
            else { continue }
            fields[index].candidatesChangedAt =
                field.candidates == fields[index].candidates ? field.candidatesChangedAt : now
        }
    }

    /// Finds the ranks: places every free address, each counted before the next.
    mutating func place(_ slots: AddressSlots, groups: Int) {
        var isWanted = [Bool](repeating: false, count: groups)
        for field in fields { isWanted[field.key.group] = true }
        var placement = Placement(
            loads: loads, groupLoads: slots.loads(inGroups: isWanted, nodes: loads.count))
        var runs = fields.map { PlacementField($0.candidates, of: NodeDirectory.ownIndex) }
        for index in turns.indices {
            let (slot, field) = (turns[index].slot, turns[index].field)
            let place = Placement.Place(hash: slots[slot].hash, group: slots[slot].group)
            if slots[slot].rivals.contains(where: \.claim.isOffered) {
                turns[index].rank = placement.rank(
                    of: NodeDirectory.ownIndex,
                    among: withoutGivers(fields[field].candidates, slots[slot].rivals), for: place)
            } else {
                turns[index].rank = placement.rank(in: &runs[field], for: place)
            }
            turns[index].first = placement.best
        }
    }

    /// An owner that offers the address is left out.
    private func withoutGivers(
        _ candidates: [Placement.Candidate], _ rivals: [RivalClaim]
    ) -> [Placement.Candidate] {
        let givers = rivals.filter(\.claim.isOffered).map(\.node)
        return candidates.filter { !givers.contains($0.node) }
    }
}
