import Addressing
import Testing
import Timing
import Wire

@testable import Ownership

@Suite struct ResponderRuleTests {
    private static let own = LinkAddress(bits: 0x02_0000_0000_01)
    private static let client = LinkAddress(bits: 0x02_0000_0000_50)
    private static let other = LinkAddress(bits: 0x02_0000_0000_60)

    struct Row: Sendable {
        let name: String
        var operation: ARPPacket.Operation = .request
        var destination = LinkAddress.broadcast
        var source = ResponderRuleTests.client
        var sender = IPv4Address(192, 0, 2, 50)
        var target = IPv4Address(192, 0, 2, 16)
        let verdict: ResponderVerdict
    }

    static let rows = [
        Row(name: "broadcast request", verdict: .answer),
        Row(name: "unicast request to our MAC", destination: own, verdict: .answer),
        Row(name: "probe, sender 0.0.0.0", sender: .any, verdict: .answer),
        Row(name: "request to another MAC", destination: other, verdict: .ignore(.notForThisLink)),
        Row(
            name: "another address", target: IPv4Address(192, 0, 2, 17),
            verdict: .ignore(.notOurs)),
        Row(name: "reply", operation: .reply, verdict: .ignore(.notARequest)),
        Row(
            name: "operation 3", operation: .init(rawValue: 3), verdict: .ignore(.notARequest)),
        Row(
            name: "gratuitous request for ours", sender: IPv4Address(192, 0, 2, 16),
            verdict: .ignore(.senderIsTarget)),
        Row(name: "our own frame", source: own, verdict: .ignore(.ownFrame)),
    ]

    @Test(arguments: rows)
    func verdict(row: Row) throws {
        let answers = AnswerTable([.init(link: 2, address: try IPAddress("192.0.2.16"))])
        let frame = ARPFrame(
            destination: row.destination, source: row.source,
            packet: ARPPacket(
                row.operation, sender: (row.source, row.sender), target: (.zero, row.target)))
        func judge(_ link: Int32) -> ResponderVerdict {
            judgeRequest(
                frame, on: link, ownAddress: Self.own, answers: answers, at: .zero)
        }
        #expect(judge(2) == row.verdict, "\(row.name)")
        #expect(judge(3) != .answer, "\(row.name) on another link")
    }
}

@Suite struct ConflictLedgerTests {
    private let address = IPAddress.ipv4(IPv4Address(192, 0, 2, 16))

    private func at(_ milliseconds: Int64) -> Instant { .zero + .milliseconds(milliseconds) }

    @Test func defendsAtMostOnceInTenSeconds() {
        var ledger = ConflictLedger()
        #expect(ledger.judge(address, by: .defend, at: at(0)).act == .defend)
        #expect(ledger.judge(address, by: .defend, at: at(9_999)).act == .nothing)
        #expect(ledger.judge(address, by: .defend, at: at(10_000)).act == .defend)
    }

    @Test(
        arguments: [
            (.defend, [.defend, .nothing, .nothing, .defend]),
            (.yield, [.yield, .yield, .yield, .yield]),
            (.report, [.nothing, .nothing, .nothing, .nothing]),
        ] as [(ConflictPolicy, [ConflictLedger.Act])])
    func eachPolicyActs(policy: ConflictPolicy, acts: [ConflictLedger.Act]) {
        var ledger = ConflictLedger()
        let seconds: [Int64] = [0, 1, 9, 10]
        #expect(seconds.map { ledger.judge(address, by: policy, at: at($0 * 1_000)).act } == acts)
    }

    @Test(arguments: ConflictPolicy.allCases)
    func reportsAnAddressOnceASecond(policy: ConflictPolicy) {
        var ledger = ConflictLedger()
        #expect(ledger.judge(address, by: policy, at: at(0)).reports)
        #expect(!ledger.judge(address, by: policy, at: at(999)).reports)
        #expect(ledger.judge(address, by: policy, at: at(1_000)).reports)
        #expect(!ledger.judge(address, by: policy, at: at(1_001)).reports)
    }

    @Test func aFloodOfAddressesDoesNotGrowItWithoutEnd() {
        var ledger = ConflictLedger()
        for number in 0..<UInt32(3 * ConflictLedger.entriesMax) {
            _ = ledger.judge(
                .ipv4(IPv4Address(bits: number)), by: .defend, at: at(Int64(number) * 10))
        }
        #expect(ledger.count <= ConflictLedger.entriesMax)
    }
}

@Suite struct ClaimRankTests {
    @Test(
        arguments: [
            (
                "later epoch", ClaimRank(epoch: 2, isStrong: false, rendezvous: 0), (1, true, 9),
                true
            ),
            (
                "strong over weak", ClaimRank(epoch: 1, isStrong: true, rendezvous: 0),
                (1, false, 9), true
            ),
            (
                "weak under strong", ClaimRank(epoch: 1, isStrong: false, rendezvous: 9),
                (1, true, 0), false
            ),
            ("rendezvous", ClaimRank(epoch: 1, isStrong: true, rendezvous: 5), (1, true, 4), true),
        ] as [(String, ClaimRank, (UInt32, Bool, UInt64), Bool)])
    func order(row: String, left: ClaimRank, right: (UInt32, Bool, UInt64), isHigher: Bool) {
        let other = ClaimRank(epoch: right.0, isStrong: right.1, rendezvous: right.2)
        #expect((left > other) == isHigher, "\(row)")
        #expect((left < other) != isHigher, "\(row)")
    }

    @Test(arguments: [
        (UInt32(0), true, UInt32(1)), (0, false, 0), (7, true, 8), (7, false, 7),
        (.max, true, .max),
    ])
    func epochOfANewClaim(seen: UInt32, isStrong: Bool, epoch: UInt32) {
        #expect(ClaimRank.epoch(afterSeeing: seen, isStrong: isStrong) == epoch)
    }
}

@Suite struct StartGateTests {
    private let detectionTime = Duration.milliseconds(250)

    private func phases(
        _ steps: [(milliseconds: Int64, around: StartGate.Surroundings)]
    ) -> [StartGate.Phase] {
        var gate = StartGate(detectionTime: detectionTime)
        return steps.map {
            _ = gate.advance($0.around, at: .zero + .milliseconds($0.milliseconds))
            return gate.phase
        }
    }

    private func around(
        link: Bool = true, view: Bool = true, tables: Bool = true, starting: Bool = false
    ) -> StartGate.Surroundings {
        .init(
            canHear: link, isViewLoaded: view, areTablesComplete: tables, isPeerStarting: starting)
    }

    private func at(_ milliseconds: Int64) -> Instant { .zero + .milliseconds(milliseconds) }

    @Test func listensForTheDetectionTimeFromTheFirstLinkOn() {
        let found = phases([
            (0, around(link: false)), (100, around()), (349, around()), (350, around()),
        ])
        #expect(
            found == [
                .unhearing, .listening(until: at(350)), .listening(until: at(350)), .open,
            ])
    }

    @Test func waitsForTheViewWithoutEnd() {
        let found = phases([
            (0, around(view: false)), (9_000, around(view: false)), (9_001, around()),
        ])
        #expect(found.last == .open)
        #expect(found[1] == .listening(until: at(250)))
    }

    @Test func waitsForTablesTwoSecondsAtMost() {
        let found = phases([
            (0, around(tables: false)), (2_249, around(tables: false)),
            (2_250, around(tables: false)),
        ])
        #expect(found == [.listening(until: at(250)), .listening(until: at(250)), .open])
    }

    @Test func waitsForStartingPeersOneDetectionTimeMore() {
        let found = phases([
            (0, around(starting: true)), (260, around(starting: true)),
            (509, around(starting: true)), (510, around(starting: true)),
        ])
        #expect(found[1] == .settling(until: at(510)))
        #expect(found[2] == .settling(until: at(510)))
        #expect(found[3] == .open)
    }

    @Test func peersThatBecomeKnownAreListenedFor() {
        var gate = StartGate(detectionTime: detectionTime)
        _ = gate.advance(around(), at: .zero)
        gate.listenAnew()
        _ = gate.advance(around(), at: at(100))
        #expect(gate.phase == .listening(until: at(350)))
        _ = gate.advance(around(), at: at(350))
        gate.listenAnew()
        #expect(gate.isOpen, "an open gate stays open")
    }

    @Test func itsDeadlineIsNeverInThePast() {
        var gate = StartGate(detectionTime: detectionTime)
        #expect(gate.nextDeadline(after: .zero) == nil)
        _ = gate.advance(around(view: false), at: .zero)
        #expect(gate.nextDeadline(after: .zero) == at(250))
        #expect(gate.nextDeadline(after: at(250)) == at(2_250))
        #expect(gate.nextDeadline(after: at(2_250)) == nil)
    }
}

@Suite struct PlacementTests {
    private func candidate(
        _ node: Int, stale: Bool = false, preference: Int = 0, tag: UInt64 = 0
    ) -> Placement.Candidate {
        .init(node: node, tag: tag, isHindered: stale, preference: preference)
    }

    private let place = Placement.Place(hash: 1, group: 0)

    /// The first tag that outranks tag 0.
    private var winner: UInt64 {
        let zero = StableHash.rendezvous(address: place.hash, node: 0)
        return (1...).first { StableHash.rendezvous(address: place.hash, node: $0) > zero } ?? 0
    }

    @Test func criteriaInOrder() {
        let rows: [(String, [Placement.Candidate], [Int], Int)] = [
            (
                "fresh before preferred", [candidate(0), candidate(1, stale: true, preference: 9)],
                [5, 0], 0
            ),
            ("preferred before idle", [candidate(0, preference: 1), candidate(1)], [5, 0], 0),
            ("idle before rendezvous", [candidate(0), candidate(1, tag: winner)], [0, 1], 0),
            ("rendezvous last", [candidate(0), candidate(1, tag: winner)], [1, 1], 1),
        ]
        for (row, candidates, loads, best) in rows {
            var placement = Placement(loads: loads, groupLoads: [loads])
            #expect(placement.rank(of: best, among: candidates, for: place) == 0, "\(row)")
            #expect(placement.loads[best] == loads[best] + 1, "\(row)")
        }
    }

    @Test func ranksCountFromTheBest() {
        var placement = Placement(loads: [2, 1, 0], groupLoads: [[2, 1, 0]])
        let candidates = [candidate(0), candidate(1), candidate(2)]
        #expect(placement.rank(of: 0, among: candidates, for: place) == 2)
        #expect(placement.rank(of: 7, among: candidates, for: place) == nil)
        #expect(placement.rank(of: 0, among: [], for: place) == nil)
    }

    @Test func aGroupIsEvenBeforeTheWhole() {
        let candidates = [candidate(0), candidate(1)]
        var placement = Placement(loads: [9, 0], groupLoads: [[0, 0], [0, 1]])
        #expect(placement.rank(of: 0, among: candidates, for: .init(hash: 1, group: 1)) == 0)
        #expect(placement.rank(of: 1, among: candidates, for: .init(hash: 1, group: 0)) == 0)
        #expect(placement.groupLoads == [[0, 1], [1, 1]])
        #expect(placement.loads == [10, 1])
    }

    @Test func eachIsCountedBeforeTheNext() {
        var placement = Placement(loads: [0, 0, 0], groupLoads: [[0, 0, 0]])
        let candidates = (0..<3).map { candidate($0, tag: UInt64($0)) }
        for _ in 0..<30 { _ = placement.rank(of: 0, among: candidates, for: place) }
        #expect(placement.loads == [10, 10, 10])
    }
}

@Suite struct AddressSlotsTests {
    @Test func ordersByAddressWhateverTheOrderOfArrival() throws {
        var slots = AddressSlots()
        for text in ["10.0.0.9", "2001:db8::1", "10.0.0.1", "10.0.0.5", "10.0.0.9"] {
            _ = slots.demand(try IPAddress(text))
        }
        #expect(
            slots.ordered.map { "\(slots[$0].address)" } == [
                "10.0.0.1", "10.0.0.5", "10.0.0.9", "2001:db8::1",
            ])
    }

    @Test func countAndDigestFollowEveryChange() throws {
        var slots = AddressSlots()
        var naive: [IPAddress: Hello.Claim] = [:]
        var state: UInt64 = 1
        for _ in 0..<2_000 {
            state = StableHash.mixed(state)
            let address = IPAddress.ipv4(IPv4Address(bits: UInt32(state % 50)))
            let slot = slots.demand(address)
            let isTaken = state >> 32 & 1 == 1
            let claim = OwnClaim(
                epoch: UInt32(state >> 40 & 7), isStrong: state >> 33 & 1 == 1, claimedAt: .zero)
            slots.setOwn(slot, isTaken ? claim : nil)
            naive[address] = slots.statedClaim(slot)
            var digest = ClaimDigest()
            for (address, claim) in naive {
                digest.insert(claim, addressHash: StableHash.of(address))
            }
            #expect(slots.ownDigest == digest)
            let owned = slots.ordered.filter { slots[$0].own != nil }
            #expect(slots.owned == owned)
            #expect(slots.statedClaims == owned.compactMap { slots.statedClaim($0) })
        }
    }
}
