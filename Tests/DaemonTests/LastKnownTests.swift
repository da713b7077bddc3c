import Addressing
import Allocation
import Files
import Foundation
import Kubernetes
import Ownership
import Status
import Testing
import Timing
import Wire

@testable import Daemon
@testable import PoolFile

/// What a node does from its last known view while the API is away, and how it keeps that view.
@Suite struct LastKnownTests {
    typealias Story = ReconcilerStory

    static let refused = KubernetesError(verb: .list, path: "/api/v1/services", cause: .timedOut)

    static func known(_ addresses: [String] = ["192.0.2.16"]) throws -> LastKnown {
        LastKnown(
            addresses: try addresses.map { text in
                LastKnown.Address(
                    AddressFacts(try IPAddress(text), eligibility: .nodes(["n1", "n2"])),
                    services: [NamespacedName(namespace: "default", name: "web")])
            },
            nodes: [
                PeerNode("n1", addresses: [try IPAddress("192.0.2.1")]),
                PeerNode("n2", addresses: [try IPAddress("192.0.2.2")]),
            ])
    }

    /// A daemon that was started with keys, pools and this view, and has heard nothing of the API.
    static func started(
        with lastKnown: LastKnown?
    ) throws -> (reconciler: Reconciler, effects: [ReconcilerEffect]) {
        var reconciler = Reconciler(
            configuration: Reconciler.Configuration(
                node: "n1",
                serviceClass: ServiceClass(name: "herald.dev/herald", isRequired: false),
                server: "https://192.0.2.1:6481"),
            savedKeys: SavedHelloKeys(
                clusterTag: HelloKeyring.clusterTag(namespaceUID: "uid-kube-system"),
                secrets: [Story.helloKey]),
            lastKnown: lastKnown)
        let pool = try Story.pool("192.0.2.16-192.0.2.31")
        let effects = reconciler.handle(
            .poolsLoaded(.init(pools: .init([pool]), warnings: [])), at: .zero, time: Story.time)
        return (reconciler, effects)
    }

    static func at(_ milliseconds: Int64) -> Instant { .zero + .milliseconds(milliseconds) }

    // MARK: - The file

    @Test func aViewComesBackAsItWas() throws {
        let view = LastKnown(
            addresses: try Self.known(["192.0.2.16", "2001:db8::10"]).addresses + [
                LastKnown.Address(
                    AddressFacts(
                        try IPAddress("192.0.2.40"), eligibility: .nobody(.noEndpoints),
                        interfaces: ["eth1"], isAnnounced: false, preferences: ["n2": -3]),
                    services: []),
                LastKnown.Address(
                    AddressFacts(
                        try IPAddress("192.0.2.41"), eligibility: .nodes(["n1"]), isPutOnLinks: true
                    ), services: []),
            ],
            nodes: try Self.known().nodes)
        try StateDirectoryTests.withFolder { path in
            let directory = try StateDirectory(path: path)
            #expect(try directory.lastKnown() == nil)
            try directory.write(view)
            #expect(try directory.lastKnown() == view)
        }
    }

    @Test func theFileIsTheSameWhateverTheOrderOfThings() throws {
        try StateDirectoryTests.withFolder { path in
            try StateDirectory(path: path).write(Self.known(["192.0.2.16", "2001:db8::16"]))
            let text = try String(contentsOfFile: path + "/lastknown.json", encoding: .utf8)
            let rest =
                #""announced":true,"interfaces":[],"nodes":["n1","n2"],"#
                + #""preferences":{},"services":["default/web"]}"#
            #expect(
                text == #"{"addresses":[{"address":"192.0.2.16",\#(rest),"#
                    + #"{"address":"2001:db8::16",\#(rest)],"#
                    + #""nodes":[{"addresses":["192.0.2.1"],"name":"n1"},"#
                    + #"{"addresses":["192.0.2.2"],"name":"n2"}]}"# + "\n")
        }
    }

    @Test(arguments: [
        "{", #"{"addresses":[],"nodes":[{"addresses":["x"],"name":"n1"}]}"#,
        """
        {"addresses":[{"address":"192.0.2.16","announced":true,"interfaces":[],"nodes":[],
        "preferences":{},"services":[]}],"nodes":[]}
        """,
    ])
    func aFileThatNoDaemonWroteIsAnError(text: String) throws {
        try StateDirectoryTests.withFolder { path in
            let directory = try StateDirectory(path: path)
            try AtomicFile.write(Array(text.utf8), to: path + "/lastknown.json")
            #expect(throws: (any Error).self) { try directory.lastKnown() }
        }
    }

    // MARK: - Its use

    /// Peers before addresses, and the addresses marked stale.
    @Test func anAPIThatRefusesMakesTheLastKnownViewServe() throws {
        var (reconciler, first) = try Self.started(with: Self.known())
        #expect(first.segmentEvents == ["keyring"])
        let effects = reconciler.handle(
            .services(.interrupted(Self.refused)), at: Self.at(10), time: Story.time)
        #expect(effects.segmentEvents == ["peersChanged", "ownNodePresent", "staleViewLoaded"])
        #expect(effects.facts == (try Self.known().addresses.map(\.facts)))
        let status = reconciler.status(at: Self.at(3_010))
        #expect(!status.api.connected && status.api.staleSeconds == 3)
        #expect(status.addresses.map(\.services) == [["default/web"]])
        let again = reconciler.handle(
            .nodes(.interrupted(Self.refused)), at: Self.at(20), time: Story.time)
        #expect(again.segmentEvents.isEmpty, "once")
    }

    @Test func anAPIThatHangsIsWaitedForTwoSeconds() throws {
        var (reconciler, _) = try Self.started(with: Self.known())
        #expect(reconciler.nextDeadline(after: .zero) == Self.at(2_000))
        let before = reconciler.handle(.deadlineReached, at: Self.at(1_999), time: Story.time)
        #expect(before.segmentEvents.isEmpty)
        let due = reconciler.handle(.deadlineReached, at: Self.at(2_000), time: Story.time)
        #expect(due.segmentEvents == ["peersChanged", "ownNodePresent", "staleViewLoaded"])
        #expect(reconciler.nextDeadline(after: Self.at(2_000)) == nil)
    }

    @Test func anAPIThatAnswersMakesItNeedless() throws {
        var (reconciler, _) = try Self.started(with: Self.known())
        let effects = Self.answered(&reconciler, services: [], at: Self.at(100))
        #expect(
            effects.segmentEvents == ["peersChanged", "ownNodePresent", "viewLoaded"])
        #expect(effects.facts.isEmpty)
        let later = reconciler.handle(.deadlineReached, at: Self.at(2_000), time: Story.time)
        #expect(later.segmentEvents.isEmpty)
    }

    @Test func withoutOneNothingIsSaidBeforeTheAPIAnswers() throws {
        var (reconciler, _) = try Self.started(with: nil)
        let effects = reconciler.handle(
            .services(.interrupted(Self.refused)), at: Self.at(5_000), time: Story.time)
        #expect(effects.segmentEvents.isEmpty)
    }

    @Test func addressesThatNoPoolCoversAreLeftOut() throws {
        var (reconciler, _) = try Self.started(with: Self.known(["192.0.2.15", "192.0.2.16"]))
        let effects = reconciler.handle(
            .services(.interrupted(Self.refused)), at: Self.at(10), time: Story.time)
        #expect(effects.facts.map(\.address.description) == ["192.0.2.16"])
    }

    /// Only what differs is told, and then that the view is fresh: nothing that stands is touched.
    @Test func theReturningAPIIsReconciledWith() throws {
        var (reconciler, _) = try Self.started(with: Self.known(["192.0.2.16", "192.0.2.17"]))
        _ = reconciler.handle(
            .services(.interrupted(Self.refused)), at: Self.at(10), time: Story.time)
        let effects = Self.answered(
            &reconciler, services: [Self.holder("web", "192.0.2.16")], at: Self.at(60_000))
        #expect(
            effects.segmentEvents == [
                "peersChanged", "ownNodePresent", "addressesChanged", "viewBecameFresh",
            ])
        #expect(effects.facts.isEmpty && effects.removed.map(\.description) == ["192.0.2.17"])
        #expect(reconciler.status(at: Self.at(61_000)).api.staleSeconds == 0)
    }

    // MARK: - Its keeping

    @Test func aChangeIsSavedOnceAfterAWhile() throws {
        var (reconciler, _) = try Self.started(with: nil)
        let first = Self.answered(
            &reconciler, services: [Self.holder("web", "192.0.2.16")], at: Self.at(100))
        #expect(first.lastKnown.isEmpty)
        #expect(reconciler.nextDeadline(after: Self.at(100)) == Self.at(1_100))
        let due = reconciler.handle(.deadlineReached, at: Self.at(1_100), time: Story.time)
        #expect(due.lastKnown == [try Self.known()])
        // A Node that says the same again is not written again.
        _ = reconciler.handle(
            .nodes(.snapshot(Self.nodes)), at: Self.at(2_000), time: Story.time)
        let idle = reconciler.handle(.deadlineReached, at: Self.at(9_000), time: Story.time)
        #expect(idle.lastKnown.isEmpty)
        #expect(reconciler.nextDeadline(after: Self.at(9_000)) == nil)
    }

    static var nodes: [Node] {
        ["n1", "n2"].enumerated().map { number, name in
            var node = Story.node(name)
            node.status.addresses = [
                NodeAddress(type: "InternalIP", address: "192.0.2.\(number + 1)")
            ]
            return node
        }
    }

    /// A Service that shows an address of ours.
    static func holder(_ name: String, _ address: String) -> Kubernetes.Service {
        Story.service(
            name, annotations: ["herald.dev/allocated-from": "public"], ingress: [address])
    }

    /// Every kind is listed; the Services last.
    static func answered(
        _ reconciler: inout Reconciler, services: [Kubernetes.Service], at now: Instant
    ) -> [ReconcilerEffect] {
        let feeds: [ReconcilerEvent] = [
            .clusterIdentified(uid: Story.clusterUID), .nodes(.snapshot(nodes)),
            .endpointSlices(.snapshot(services.map { Story.slice(of: $0.metadata.name) })),
            .services(.snapshot(services)),
        ]
        return feeds.flatMap { reconciler.handle($0, at: now, time: Story.time) }
    }
}
