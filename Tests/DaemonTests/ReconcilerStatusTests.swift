import Addressing
import Allocation
import Kubernetes
import Ownership
import Status
import Testing
import Timing

@testable import Daemon
@testable import PoolFile

@Suite struct ReconcilerStatusTests {
    typealias Story = ReconcilerStory

    /// A service that was given 192.0.2.16 on a link `eth0` that covers it.
    static func allocated() throws -> Story {
        var story = Story(pools: [try Story.pool("192.0.2.16-192.0.2.17")])
        story.send(.linksChanged(try links()))
        _ = story.carryOut(story.sendAndProbe(.services(.snapshot([Story.service("web")]))))
        return story
    }

    static func links() throws -> LinkTable {
        LinkTable(
            links: [
                Link(
                    index: 2, name: "eth0", address: try LinkAddress("02:00:5e:00:53:02"),
                    isRunning: true,
                    interfaceAddresses: [
                        Link.InterfaceAddress(try IPAddress("192.0.2.2"), prefixLength: 24)
                    ])
            ],
            routes: [Route(destination: try Prefix("192.0.2.0/24"), linkIndex: 2)])
    }

    static func report(_ state: AddressState, owner: String?) throws -> OwnershipReport {
        .addressChanged(
            OwnedAddress(
                address: try IPAddress("192.0.2.16"), state: state, owner: owner, epoch: 3,
                cause: .claimedFree, since: .zero))
    }

    @Test func anAnnouncedAddressNamesOwnerEpochAndInterface() throws {
        var story = try Self.allocated()
        story.send(.ownership(try Self.report(.announced, owner: "n1")))
        let status = story.reconciler.status(at: story.now)
        #expect(
            status.addresses == [
                Status.AddressStatus(
                    address: "192.0.2.16", pool: "public", services: ["default/web"], owner: "n1",
                    state: .announced, epoch: 3,
                    since: Timestamp(secondsSince1970: 1_767_323_045), interface: "eth0")
            ])
        #expect(status.role == .leader && status.leader == "n1")
        #expect(status.pools.first?.ipv4?.used == AddressCount(clamping: 1))
        #expect(status.pending.isEmpty && status.problems.isEmpty)
    }

    @Test func anotherNodesAddressHasNoInterfaceHere() throws {
        var story = try Self.allocated()
        story.send(.ownership(try Self.report(.announced, owner: "n2")))
        let address = try #require(story.reconciler.status(at: story.now).addresses.first)
        #expect(address.owner == "n2" && address.interface == nil)
    }

    @Test(arguments: [
        (UnownedReason.noEndpoints, Status.AddressStatus.Reason.noEndpoints),
        (.noCommonNode, .noCommonNode), (.noCandidate, .noCandidate), (.noLink, .noCandidate),
        (.notAnnounced, .notAnnounced),
    ])
    func anUnownedAddressSaysWhy(
        reason: UnownedReason, shown: Status.AddressStatus.Reason
    ) throws {
        var story = try Self.allocated()
        story.send(.ownership(try Self.report(.unowned(reason), owner: nil)))
        let address = try #require(story.reconciler.status(at: story.now).addresses.first)
        #expect(address.state == .unowned && address.reason == shown)
    }

    @Test func aConflictNamesTheForeignHost() throws {
        var story = try Self.allocated()
        story.send(.ownership(try Self.report(.announced, owner: "n1")))
        let foreign = try LinkAddress("02:00:5e:00:53:99")
        story.send(
            .ownership(
                .conflict(
                    try IPAddress("192.0.2.16"), foreign: foreign, link: 2, defended: true)))
        let address = try #require(story.reconciler.status(at: story.now).addresses.first)
        #expect(address.state == .conflict && address.reason == .conflict)
        #expect(address.mac == "02:00:5e:00:53:99")
    }

    @Test func aConflictThatIsNotReportedAnyMoreIsOver() throws {
        var story = try Self.allocated()
        story.send(.ownership(try Self.report(.announced, owner: "n1")))
        let foreign = try LinkAddress("02:00:5e:00:53:99")
        let address = try IPAddress("192.0.2.16")
        story.send(.ownership(.conflict(address, foreign: foreign, link: 2, defended: true)))
        story.now = story.now + SegmentView.conflictShown
        #expect(story.reconciler.status(at: story.now).addresses.map(\.state) == [.announced])
    }

    @Test func whoDoesNotLeadCountsWhatServicesShow() throws {
        var story = Story(isLeader: false, pools: [try Story.pool("192.0.2.16-192.0.2.17")])
        var waiting = Story.service("db")
        waiting.status.conditions = [
            Condition(
                type: "herald.dev/Allocated", status: "False", reason: "PoolExhausted",
                message: "none left", lastTransitionTime: nil)
        ]
        let shown = Story.service(
            "web", annotations: ["herald.dev/allocated-from": "public"], ingress: ["192.0.2.16"])
        story.send(.services(.snapshot([shown, waiting])))
        let status = story.reconciler.status(at: story.now)
        #expect(status.role == .member)
        #expect(status.pools.first?.ipv4?.used == AddressCount(clamping: 1))
        #expect(status.pending.map(\.service) == ["default/db"])
    }

    @Test func aTakenAddressIsShownInQuarantine() throws {
        var story = Story(pools: [try Story.pool("192.0.2.16-192.0.2.17")])
        story.send(.services(.snapshot([Story.service("web")])))
        let foreign = try LinkAddress("02:00:5e:00:53:99")
        let address = try IPAddress("192.0.2.16")
        story.send(.ownership(.probeFinished(address, .taken(foreign))))
        let status = story.reconciler.status(at: story.now)
        #expect(status.addresses.map(\.state) == [.quarantined, .probing])
        #expect(status.addresses.first?.mac == "02:00:5e:00:53:99")
        #expect(status.addresses.first?.quarantineSeconds == 600)
        #expect(status.pools.first?.ipv4?.quarantined == AddressCount(clamping: 1))
    }

    /// Said wherever a user looks, and over when the time-out is and the host is gone.
    @Test func aQuarantineEndsAndWhoWaitedIsServed() throws {
        var story = Story(pools: [try Story.pool("192.0.2.16")])
        story.send(.services(.snapshot([Story.service("web")])))
        let address = try IPAddress("192.0.2.16")
        let taken = story.send(
            .ownership(.probeFinished(address, .taken(try LinkAddress("02:00:5e:00:53:99")))))
        let condition = try #require(taken.writes.first?.patch.conditions.first)
        #expect(condition.reason == "PoolExhausted")
        #expect(condition.message.contains("192.0.2.16, which a foreign host"))
        #expect(condition.message.contains("02:00:5e:00:53:99"))
        let event = try #require(taken.events.first { $0.reason == .allocationPending })
        #expect(event.message.contains("02:00:5e:00:53:99"), "\(event)")
        _ = story.carryOut(taken)
        story.now = story.now + .seconds(599)
        #expect(story.send(.deadlineReached).probes.isEmpty)
        story.now = story.now + .seconds(1)
        let written = story.sendAndProbe(.deadlineReached)
        #expect(written.probes == [address])
        guard case .entries(let entries) = written.writes.first?.patch.ingress else {
            Issue.record("no ingress: \(written.writes)")
            return
        }
        #expect(entries.map(\.ip) == ["192.0.2.16"])
        let status = story.reconciler.status(at: story.now)
        #expect(status.pools.first?.ipv4?.quarantined == AddressCount(clamping: 0))
        #expect(status.addresses.allSatisfy { $0.mac == nil && $0.quarantineSeconds == nil })
    }

    /// It is named in the log and shown before anybody was promised it.
    @Test func whatIsFoundTakenAheadIsShownToo() throws {
        var story = Story(pools: [try Story.pool("192.0.2.16-192.0.2.19")], probesAhead: 2)
        let started = story.send(.services(.snapshot([])))
        let address = try IPAddress("192.0.2.16")
        #expect(started.probes == [address, try IPAddress("192.0.2.17")])
        #expect(story.reconciler.status(at: story.now).addresses.isEmpty)
        let report = OwnershipReport.probeFinished(
            address, .taken(try LinkAddress("02:00:5e:00:53:99")))
        let found = story.send(.ownership(report))
        #expect(found.contains { if case .note(.address(report)) = $0 { true } else { false } })
        #expect(found.probes == [try IPAddress("192.0.2.18")])
        let status = story.reconciler.status(at: story.now + .seconds(90))
        #expect(status.addresses.map(\.state) == [.quarantined])
        #expect(status.addresses.first?.quarantineSeconds == 510)
    }

    /// The owner, and every node that hears it, shows a conflict while nobody answers.
    @Test(arguments: ["n1", "n2"])
    func whatIsYieldedIsAConflictAsLongAsItLasts(owner: String) throws {
        var story = try Self.allocated()
        story.send(.ownership(try Self.report(.announced, owner: owner)))
        story.send(.ownership(try Self.report(.unowned(.conflict), owner: nil)))
        story.now = story.now + .seconds(3_600)
        let address = try #require(story.reconciler.status(at: story.now).addresses.first)
        #expect(address.state == .conflict && address.reason == .conflict && address.owner == nil)
        story.send(.ownership(try Self.report(.announced, owner: owner)))
        #expect(story.reconciler.status(at: story.now).addresses.map(\.state) == [.announced])
        #expect(story.reconciler.moves.moves.count == 1, "it was no move")
    }

    /// Every node's addresses of any type, and what the routes go by (C6).
    @Test(
        arguments: [
            ("another node's InternalIP", "192.0.2.0"), ("its ExternalIP", "192.0.2.1"),
            ("the gateway of a route", "192.0.2.2"), ("on a link that is named", "192.0.2.3"),
        ])
    func whatOthersOfTheNetworkHaveIsNeverHandedOut(row: String, text: String) throws {
        var pool = try Story.pool("192.0.2.0-192.0.2.3")
        pool.announce.interfaces = ["veth7"]
        var story = Story(pools: [pool])
        var node = Story.node("n2")
        node.status.addresses = [
            NodeAddress(type: "Hostname", address: "n2"),
            NodeAddress(type: "InternalIP", address: "192.0.2.0"),
            NodeAddress(type: "ExternalIP", address: "192.0.2.1"),
        ]
        story.send(.nodes(.snapshot([Story.node("n1"), node])))
        var links = LinkTable(
            links: [
                Link(
                    index: 7, name: "veth7", address: LinkAddress(bits: 0x0200_0000_0007),
                    isRunning: true,
                    interfaceAddresses: [.init(try IPAddress("192.0.2.3"), prefixLength: 32)])
            ])
        links.routes = [
            Route(
                destination: try Prefix("198.51.100.0/24"), gateway: try IPAddress("192.0.2.2"),
                linkIndex: 7)
        ]
        story.send(.linksChanged(links))
        var web = Story.service("web")
        web.spec.loadBalancerIP = text
        let effects = story.send(.services(.snapshot([web])))
        #expect(effects.probes.isEmpty, "\(row)")
        let condition = try #require(effects.writes.first?.patch.conditions.first)
        #expect(condition.reason == "AddressInUse", "\(row)")
    }

    @Test func theNodesOwnNumbersAreNeverHandedOut() throws {
        var story = Story(pools: [try Story.pool("192.0.2.0-192.0.2.3")])
        var links = try Self.links()
        links.routes.append(
            Route(
                destination: try Prefix("0.0.0.0/0"), gateway: try IPAddress("192.0.2.1"),
                linkIndex: 2))
        story.send(.linksChanged(links))
        let effects = story.send(.services(.snapshot([Story.service("web")])))
        #expect(effects.probes == [try IPAddress("192.0.2.3")])
    }

    @Test func anInvalidPoolSetIsAProblemUntilItIsMended() throws {
        var story = try Self.allocated()
        let error = PoolFileError(path: "a.yaml", line: 3, column: 1, message: "unknown key")
        story.send(.poolsRefused(PoolFileErrors(errors: [error])))
        let status = story.reconciler.status(at: story.now)
        #expect(status.problems.count == 1 && status.problems[0].contains("a.yaml:3:1"))
        #expect(status.pools.map(\.name) == ["public"], "the last good set stays")
    }

    @Test func theListingTellsOursFromForeignAndPending() throws {
        var story = try Self.allocated()
        story.send(.services(.changed(Story.service("db", version: "50"))))
        let foreign = Story.service("lb", version: "51", ingress: ["203.0.113.9"])
        story.send(.services(.changed(foreign)))
        let listing = story.reconciler.serviceListing()
        #expect(listing.services.map(\.service) == ["default/db", "default/lb", "default/web"])
        #expect(listing.services.map(\.state) == [.pending, .foreign, .allocated])
    }
}
