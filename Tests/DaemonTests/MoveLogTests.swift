import Addressing
import Kubernetes
import Ownership
import Status
import Testing
import Timing
import Wire

@testable import Daemon

/// What `heraldctl history` and `rebalance --dry-run` are told.
@Suite struct MoveLogTests {
    typealias Story = ReconcilerStory

    static let address = IPAddress.ipv4(IPv4Address(192, 0, 2, 16))

    static func status(
        _ owner: String?, _ cause: OwnershipCause, at milliseconds: Int64,
        _ reason: UnownedReason = .noCandidate
    ) -> OwnedAddress {
        OwnedAddress(
            address: address, state: owner == nil ? .unowned(reason) : .announced, owner: owner,
            epoch: 1, cause: cause, since: .zero + .milliseconds(milliseconds))
    }

    /// The moves of one address through these reports, in the eyes of n1; n2 is dead and was last
    /// heard at 700 ms, n4 is leaving.
    static func moves(_ reports: [OwnedAddress]) -> [Move] {
        var log = MoveLog(node: "n1")
        var former: OwnedAddress?
        for report in reports {
            log.note(
                report, former: former,
                member: member, at: Story.time)
            former = report
        }
        return log.moves
    }

    static func member(_ node: String) -> OwnershipMember? {
        let states: [String: MemberState] = ["n2": .dead, "n3": .alive, "n4": .leaving]
        return states[node].map {
            OwnershipMember(
                node: node, state: $0, link: 2, lastHeard: .zero + .milliseconds(700),
                addresses: 0, poolsDiffer: false)
        }
    }

    struct Row: CustomTestStringConvertible {
        let testDescription: String
        let reports: [OwnedAddress]
        /// "from to cause milliseconds".
        let moves: [String]
    }

    @Test(arguments: [
        Row(
            testDescription: "first claim",
            reports: [
                status(nil, .factsChanged, at: 0), status("n1", .claimedFree, at: 20),
            ], moves: ["- n1 claimedFree -"]),
        Row(
            testDescription: "a death, from the last hello on",
            reports: [
                status("n2", .heard, at: 0), status(nil, .ownerDead, at: 950),
                status("n3", .ownerDead, at: 970),
            ], moves: ["- n2 claimedFree -", "n2 n3 ownerDead 270"]),
        Row(
            testDescription: "what this node took says why itself",
            reports: [status("n2", .heard, at: 0), status("n1", .overruled, at: 950)],
            moves: ["- n2 claimedFree -", "n2 n1 overruled -"]),
        Row(
            testDescription: "others' causes are what is known of the former owner",
            reports: [
                status("n4", .heard, at: 0), status("n3", .factsChanged, at: 50),
                status("n2", .factsChanged, at: 60), status("n3", .factsChanged, at: 970),
            ],
            moves: [
                "- n4 claimedFree -", "n4 n3 handedOver -", "n3 n2 handedOver -",
                "n2 n3 ownerDead 270",
            ]),
        Row(
            testDescription: "a hand-over waits for nobody",
            reports: [status("n1", .heard, at: 0), status("n3", .handedOver, at: 50)],
            moves: ["- n1 heard -", "n1 n3 handedOver -"]),
        Row(
            testDescription: "the same owner with another epoch is no move",
            reports: [status("n1", .heard, at: 0), status("n1", .rivalWon, at: 50)],
            moves: ["- n1 heard -"]),
        Row(
            testDescription: "an owner that comes back after a silence is no move",
            reports: [
                status("n2", .heard, at: 0), status(nil, .ownerDead, at: 950),
                status("n2", .heard, at: 1_200),
            ], moves: ["- n2 claimedFree -"]),
        Row(
            testDescription: "nobody may answer any more",
            reports: [
                status("n1", .heard, at: 0), status(nil, .withdrawn, at: 9, .noEndpoints),
            ], moves: ["- n1 heard -", "n1 - withdrawn -"]),
    ])
    func movesAreWhatChangesTheOwner(row: Row) {
        let moves = Self.moves(row.reports).map { move in
            let took = move.milliseconds.map { String($0) } ?? "-"
            return "\(move.from ?? "-") \(move.to ?? "-") \(move.cause) \(took)"
        }
        #expect(moves == row.moves)
    }

    @Test func onlyTheLatestMovesAreKept() {
        let reports = (0...MoveLog.movesMax).map {
            Self.status("m\($0)", .handedOver, at: Int64($0))
        }
        let moves = Self.moves(reports)
        #expect(moves.count == MoveLog.movesMax)
        #expect(moves.first?.to == "m1" && moves.last?.to == "m\(MoveLog.movesMax)")
    }

    @Test func aReleasedAddressEndsItsHistory() {
        var log = MoveLog(node: "n1")
        log.forget(Self.address, former: Self.status("n1", .heard, at: 0), at: Story.time)
        #expect(log.moves.map(\.cause) == ["released"])
        #expect(log.moves.first?.to == nil)
    }

    /// Six addresses on n1, none on n2, which is alive: the plan evens them out.
    @Test func thePlanNamesTheLeastMoves() throws {
        var story = Story(pools: [try Story.pool("192.0.2.16-192.0.2.31")])
        story.send(.nodes(.snapshot(["n1", "n2"].map { Story.node($0) })))
        let services = (16..<22).map { number in
            var service = Story.service("s\(number)", ingress: ["192.0.2.\(number)"])
            service.metadata.annotations["herald.dev/allocated-from"] = "public"
            return service
        }
        story.send(.endpointSlices(.snapshot(services.map { Story.slice(of: $0.metadata.name) })))
        story.send(.services(.snapshot(services)))
        for number in 16..<22 {
            var status = Self.status("n1", .heard, at: 0)
            status.address = .ipv4(IPv4Address(192, 0, 2, UInt8(number)))
            story.send(.ownership(.addressChanged(status)))
        }
        #expect(story.reconciler.rebalancePlan().moves.isEmpty, "n2 was never heard")
        story.send(
            .ownership(
                .memberChanged(
                    OwnershipMember(
                        node: "n2", state: .alive, link: 2, lastHeard: .zero, addresses: 0,
                        poolsDiffer: false))))
        #expect(
            story.reconciler.rebalancePlan().moves
                == (16..<19).map {
                    PlannedMove(address: "192.0.2.\($0)", from: "n1", to: "n2")
                })
    }
}

/// What is said of peers that cannot be understood, and of names that two machines go by.
@Suite struct SegmentProblemTests {
    typealias Story = ReconcilerStory

    static let source = IPAddress.ipv4(IPv4Address(192, 0, 2, 3))

    static func story() throws -> Story {
        var story = Story(pools: [try Story.pool("192.0.2.16")])
        var node = Story.node("n3")
        node.status.addresses = [NodeAddress(type: "InternalIP", address: "192.0.2.3")]
        story.send(.nodes(.snapshot([Story.node("n1"), node])))
        story.send(.linksChanged(try ReconcilerStatusTests.links()))
        return story
    }

    @Test(arguments: [
        (HelloRefusal.otherKey, "n3 (192.0.2.3) speaks with another key"),
        (.foreignCluster, "n3 (192.0.2.3) speaks for another cluster"),
        (.forged, "n3 (192.0.2.3) sends hellos with a wrong authentication code"),
        (.wrongHopLimit, "n3 (192.0.2.3) sends hellos by way of a router"),
        (.truncated, "n3 (192.0.2.3) sends datagrams that are no hellos"),
    ])
    func aPeerThatIsRefusedIsNamed(reason: HelloRefusal, text: String) throws {
        let story = try Self.story()
        let ledger = HelloLedger()
        ledger.refused(reason, from: Self.source, at: .zero)
        let facts = SegmentFacts(hellos: ledger.record)
        let shown = story.reconciler.status(at: .zero, facts)
        #expect(shown.problems.count == 1 && shown.problems[0].hasPrefix(text))
        #expect(shown.hellos?.refused == [.init(reason: reason.rawValue, count: 1)])
        let later = story.reconciler.status(at: .zero + .seconds(15), facts)
        #expect(later.problems.isEmpty, "it has not been refused for a while")
        ledger.heard("n3", from: Self.source, at: .zero)
        let understood = SegmentFacts(hellos: ledger.record)
        #expect(story.reconciler.status(at: .zero, understood).problems.isEmpty)
    }

    @Test func aNodeObjectWithForeignAddressesIsANamesakes() throws {
        var story = try Self.story()
        var node = Story.node("n1")
        node.status.addresses = [NodeAddress(type: "InternalIP", address: "192.0.2.9")]
        story.send(.nodes(.changed(node)))
        let problems = story.reconciler.status(at: .zero).problems
        #expect(problems.count == 1 && problems[0].contains("has the addresses 192.0.2.9"))
    }

    /// Where a namesake is looked for: at the addresses that the Node had before.
    @Test func formerAddressesOfTheOwnNodeAreAskedToo() throws {
        var story = try Self.story()
        let effects = story.send(.formerAddressesFound([Self.source]))
        let peers = effects.compactMap { effect -> [PeerNode]? in
            guard case .tellSegment(.peersChanged(let peers)) = effect else { return nil }
            return peers
        }
        #expect(peers.first?.first == PeerNode("n1", addresses: [Self.source]))
    }

    @Test func anAddressThatTheKernelRefusesIsShown() throws {
        let story = try Self.story()
        let address = try IPAddress("192.0.2.16")
        let status = story.reconciler.status(
            at: .zero, SegmentFacts(hostAddressFailures: [address: "RTM_NEWADDR: no"]))
        #expect(
            status.problems == [
                "192.0.2.16 cannot be put on its link, so nobody answers for it: RTM_NEWADDR: no"
            ])
    }

    @Test func addressesThatCannotBeKeptOnTheirLinksAreShown() throws {
        let story = try Self.story()
        let status = story.reconciler.status(
            at: .zero, SegmentFacts(hostAddressProblem: "mnl_socket_sendto: no"))
        #expect(
            status.problems == [
                "The addresses of mode: address are not kept on their links, so the kernel lets them "
                    + "go: mnl_socket_sendto: no"
            ])
    }

    @Test func failingLinksAndDrainAreShown() throws {
        let story = try Self.story()
        let status = story.reconciler.status(
            at: .zero, SegmentFacts(failingLinks: [2], isDrained: true))
        #expect(
            status.problems == [
                "Nothing can be answered on eth0: its sockets fail, see the log."
            ])
        #expect(status.isDrained)
    }
}
