import Addressing
import Testing
import Timing
import Wire

@testable import Ownership

/// The order of the candidates, found by sorting all of them for each address.
private struct NaivePlacement {
    var loads: [Int]
    var groupLoads: [[Int]]

    mutating func rank(
        of node: Int, among candidates: [Placement.Candidate], for place: Placement.Place
    ) -> Int? {
        let sorted = candidates.sorted { isBefore($0, $1, place) }
        guard let best = sorted.first else { return nil }
        loads[best.node] += 1
        groupLoads[place.group][best.node] += 1
        return sorted.firstIndex { $0.node == node }
    }

    private func isBefore(
        _ left: Placement.Candidate, _ right: Placement.Candidate, _ place: Placement.Place
    ) -> Bool {
        if left.isHindered != right.isHindered { return right.isHindered }
        if left.preference != right.preference { return left.preference > right.preference }
        let groupLoad = groupLoads[place.group]
        if groupLoad[left.node] != groupLoad[right.node] {
            return groupLoad[left.node] < groupLoad[right.node]
        }
        if loads[left.node] != loads[right.node] { return loads[left.node] < loads[right.node] }
        return StableHash.rendezvous(address: place.hash, node: left.tag)
            > StableHash.rendezvous(address: place.hash, node: right.tag)
    }
}

@Suite struct PlacementFieldTests {
    /// Draws that are the same in every run.
    private struct Draws {
        var state: UInt64

        mutating func below(_ bound: Int) -> Int {
            state = StableHash.mixed(state)
            return Int(state % UInt64(bound))
        }
    }

    /// Several groups take turns, so that each finds its order changed by the others.
    @Test(arguments: 1...40 as ClosedRange<UInt64>)
    func agreesWithSortingAllCandidates(_ seed: UInt64) {
        var draws = Draws(state: seed)
        let nodes = 1 + draws.below(12)
        let groups = 1 + draws.below(3)
        let loads = (0..<nodes).map { _ in draws.below(4) }
        let groupLoads = (0..<groups).map { _ in loads.map { draws.below($0 + 1) } }
        let candidates = (0..<groups).map { _ in
            (0..<nodes).filter { _ in draws.below(4) > 0 }.map { node in
                Placement.Candidate(
                    node: node, tag: StableHash.mixed(UInt64(node)),
                    isHindered: draws.below(5) == 0, preference: draws.below(3) * 50)
            }
        }
        var naive = NaivePlacement(loads: loads, groupLoads: groupLoads)
        var placement = Placement(loads: loads, groupLoads: groupLoads)
        var fields = candidates.map { PlacementField($0, of: 0) }
        for address in 0..<60 {
            let group = draws.below(groups)
            let place = Placement.Place(hash: StableHash.mixed(UInt64(address)), group: group)
            let wanted = naive.rank(of: 0, among: candidates[group], for: place)
            #expect(placement.rank(in: &fields[group], for: place) == wanted)
            #expect(placement.loads == naive.loads)
            #expect(placement.groupLoads == naive.groupLoads)
        }
    }

    /// A kept plan is right only if whatever it depends on shows in the revision.
    @Test func whateverAPlanDependsOnShowsInTheRevision() throws {
        var slots = AddressSlots()
        let slot = slots.demand(try IPAddress("192.0.2.1"))
        let claim = Hello.Claim(try IPAddress("192.0.2.1"), epoch: 1, isStrong: true)
        let facts = AddressFacts(try IPAddress("192.0.2.1"), eligibility: .nodes(["n1"]))
        let changes: [(String, (inout AddressSlots) -> Void)] = [
            ("facts", { $0[slot].facts = facts }),
            ("links", { $0[slot].links = [2] }),
            ("allowed", { $0[slot].allowed.insert(0) }),
            ("group", { $0[slot].group = 1 }),
            ("a rival", { $0[slot].rivals.append(RivalClaim(node: 1, claim: claim)) }),
            ("an offer of it", { $0[slot].rivals[0].claim.isOffered = true }),
            ("no rival", { $0[slot].rivals = [] }),
            ("free", { $0[slot].freeSince = .zero }),
            ("blocked", { $0[slot].block = .untilFresh }),
            ("claimed", { $0.setOwn(slot, OwnClaim(epoch: 1, isStrong: true, claimedAt: .zero)) }),
            ("given up", { $0.setOwn(slot, nil) }),
            ("no longer free", { $0[slot].freeSince = nil }),
        ]
        for (name, change) in changes {
            let before = slots.revision
            change(&slots)
            #expect(slots.revision != before, "\(name)")
        }
        let before = slots.revision
        slots[slot].cause = .heard
        slots[slot].wire.askedAt = .zero
        slots[slot].candidacy = Candidacy(rank: 0, at: .zero)
        #expect(slots.revision == before)
    }

    @Test func nodesAreFoundByTagAndByName() {
        var directory = NodeDirectory(own: "n0")
        for number in 1..<200 { #expect(directory.intern("n\(number)") == number) }
        for number in 0..<200 {
            #expect(directory.intern("n\(number)") == number)
            #expect(directory.index(of: "n\(number)") == number)
            #expect(directory.index(tag: StableHash.of("n\(number)")) == number)
        }
        #expect(directory.index(of: "n200") == nil)
        #expect(directory.index(tag: StableHash.of("n200")) == nil)
        #expect(directory.count == 200)
    }
}
