import Addressing
import Allocation
import Kubernetes
import Ownership
import Status
import Testing
import Timing

@testable import Daemon
@testable import PoolFile

/// What is as it should be is not touched again; what is too much at once waits.
@Suite struct IdleTests {
    typealias Story = ReconcilerStory

    /// A service of each sort that a cluster has: some ours, some not, some waiting.
    static func everySort() throws -> [Kubernetes.Service] {
        var named = Story.service("hostname")
        named.status.ingress = [try LoadBalancerIngress(hostname: "lb.example.com")]
        let shared = (1...2).map { number in
            var service = Story.service(
                "shared-\(number)", annotations: ["herald.dev/sharing-key": "k"])
            service.spec.ports = [Kubernetes.ServicePort(port: 8_000 + number)]
            return service
        }
        var headless = Story.service("headless")
        headless.spec.clusterIP = "None"
        headless.spec.clusterIPs = ["None"]
        var otherClass = Story.service("other-class", ingress: ["203.0.113.1"])
        otherClass.spec.loadBalancerClass = "example.com/other"
        var prefersBoth = Story.service("prefers-both")
        prefersBoth.spec.ipFamilyPolicy = "PreferDualStack"
        return shared + [
            Story.service("a"), Story.service("b"), named, headless, otherClass, prefersBoth,
            Story.service("foreign", ingress: ["203.0.113.2"]),
            Story.service("cluster", type: "ClusterIP"),
            Story.service("wrong", annotations: ["herald.dev/addresses": "nonsense"]),
            Story.service("outside", annotations: ["herald.dev/addresses": "198.51.100.1"]),
            Story.service("no-pool", annotations: ["herald.dev/pool": "none"]),
            Story.service("too-late-1"), Story.service("too-late-2"),
        ]
    }

    /// Carries every write out, and what follows from it, until nothing follows.
    static func settle(_ story: inout Story, _ first: [ReconcilerEffect]) {
        var effects = first
        for _ in 1...20 where !effects.isEmpty {
            let probes = effects.probes
            effects =
                story.carryOut(effects)
                + probes.flatMap { story.send(.ownership(.probeFinished($0, .free))) }
        }
        #expect(effects.writes.isEmpty && effects.probes.isEmpty, "it comes to rest")
        story.letTheViewBeSaved()
    }

    static func isSilent(_ effects: [ReconcilerEffect]) -> Bool {
        effects.allSatisfy { effect in
            switch effect {
            case .readRetained: true
            case .writeStatus, .recordEvent, .writeRetained, .followNamespaces, .tellSegment,
                .useKeyring, .saveKeys, .saveLastKnown, .note:
                false
            }
        }
    }

    static func objects(_ story: Story) -> [Kubernetes.Service] {
        story.reconciler.cluster.services.objects.values.sorted {
            $0.metadata.name < $1.metadata.name
        }
    }

    @Test func tenIdlePassesWriteNothing() throws {
        var pool = try Story.pool("192.0.2.16-192.0.2.20")
        pool.retain = .seconds(3_600)
        var story = Story(pools: [pool])
        Self.settle(&story, story.send(.services(.snapshot(try Self.everySort()))))
        let status = story.reconciler.status(at: story.now)
        #expect(
            status.pending.map(\.reason).sorted() == [
                "InvalidRequest", "NotInAnyPool", "PoolExhausted", "PoolExhausted", "UnknownPool",
            ])
        #expect(status.pools.first?.ipv4?.available == AddressCount(clamping: 0))
        for pass in 1...10 {
            let before = Self.objects(story)
            var effects = story.send(.services(.snapshot(before)))
            for service in before { effects += story.send(.services(.changed(service))) }
            effects += story.send(.nodes(.snapshot([Story.node("n1")])))
            effects += story.send(.endpointSlices(.snapshot([])))
            story.now = story.now + .seconds(600)
            effects += story.send(.deadlineReached)
            #expect(Self.isSilent(effects), "pass \(pass): \(effects)")
            #expect(Self.objects(story) == before)
        }
        #expect(story.retainedWrites == 0)
    }

    /// A kubelet that comes and goes concerns nobody here: hellos say who is alive. The same of a
    /// node that only says that it is there.
    @Test func aNodesReadyMayFlapAsItLikes() throws {
        var story = Story(pools: [try Story.pool("192.0.2.16-192.0.2.20")])
        Self.settle(&story, story.send(.services(.snapshot(try Self.everySort()))))
        var writes = 0
        for second in 1...60 {
            story.now = story.now + .seconds(1)
            let node = Self.node(ready: second % 2 == 0, at: Int64(second), story.nextVersion())
            let effects = story.send(.nodes(.changed(node)))
            writes += effects.writes.count + effects.events.count
            #expect(effects.isEmpty, "second \(second): \(effects)")
        }
        #expect(writes == 0 && story.retainedWrites == 0)
    }

    /// What is rested on is told: the test above would hold of a reconciler that is asleep as well.
    @Test func aNodesLabelsAndAddressesAreToldAtOnce() throws {
        var story = Story(pools: [try Story.pool("192.0.2.16-192.0.2.20")])
        Self.settle(&story, story.send(.services(.snapshot([Story.service("a")]))))
        story.send(.endpointSlices(.snapshot([Story.slice(of: "a")])))
        var node = Self.node(ready: true, at: 1, story.nextVersion())
        node.metadata.labels["rack"] = "a"
        #expect(
            story.send(.nodes(.changed(node))).segmentEvents == ["peersChanged", "ownNodePresent"])
        node.status.addresses = [NodeAddress(type: "InternalIP", address: "192.0.2.1")]
        #expect(story.send(.nodes(.changed(node))).segmentEvents.contains("peersChanged"))
        node.status.conditions.append(
            Condition(
                type: "NetworkUnavailable", status: "True", reason: "R", message: "m",
                lastTransitionTime: nil))
        let unusable = story.send(.nodes(.changed(node)))
        #expect(unusable.segmentEvents.contains("addressesChanged"))
    }

    private static func node(ready: Bool, at second: Int64, _ version: String) -> Node {
        var node = Story.node("n1")
        node.metadata.resourceVersion = version
        node.status.conditions = [
            Condition(
                type: "Ready", status: ready ? "True" : "Unknown", reason: "R", message: "m",
                lastTransitionTime: Time(secondsSince1970: second))
        ]
        return node
    }

    /// The next leader finds everything as it should be.
    @Test func aNewLeaderWritesNothing() throws {
        var story = Story(pools: [try Story.pool("192.0.2.16-192.0.2.20")])
        Self.settle(&story, story.send(.services(.snapshot(try Self.everySort()))))
        for term in 1...5 {
            var next = Story(pools: [try Story.pool("192.0.2.16-192.0.2.20")])
            let effects = next.send(.services(.snapshot(Self.objects(story))))
            #expect(
                effects.writes.isEmpty && effects.events.isEmpty && effects.probes.isEmpty,
                "term \(term): \(effects.writes)")
            story = next
        }
    }

    @Test func theServersDefaultsAreNoChange() throws {
        var story = Story(pools: [try Story.pool("192.0.2.16")])
        Self.settle(&story, story.send(.services(.snapshot([Story.service("a")]))))
        var service = try #require(Self.objects(story).first)
        for mode in ["VIP", ""] {
            service.status.ingress = [LoadBalancerIngress(ip: "192.0.2.16", ipMode: mode)]
            service.metadata.resourceVersion = story.nextVersion()
            #expect(Self.isSilent(story.send(.services(.changed(service)))), "ipMode '\(mode)'")
        }
    }

    @Test func anotherControllersEntryIsLeftWhereItIs() throws {
        var story = Story(pools: [try Story.pool("192.0.2.16-192.0.2.17")])
        Self.settle(&story, story.send(.services(.snapshot([Story.service("a")]))))
        var service = try #require(Self.objects(story).first)
        let theirs = LoadBalancerIngress(ip: "203.0.113.9")
        service.status.ingress.insert(theirs, at: 0)
        service.metadata.resourceVersion = story.nextVersion()
        #expect(Self.isSilent(story.send(.services(.changed(service)))))
        // A write for another reason takes it along.
        service.metadata.annotations["herald.dev/addresses"] = "192.0.2.17"
        service.metadata.resourceVersion = story.nextVersion()
        let moved = story.sendAndProbe(.services(.changed(service)))
        #expect(
            moved.writes.first?.patch.ingress
                == .entries([LoadBalancerIngress(ip: "192.0.2.17"), theirs]))
    }

    @Test func atMostSixteenWritesAreUnderWay() throws {
        var story = Story(pools: [try Story.pool("192.0.2.0/24")])
        let services = (100..<200).map { Story.service("s\($0)") }
        let listed = story.send(.services(.snapshot(services)))
        var effects = listed.probes.flatMap { story.send(.ownership(.probeFinished($0, .free))) }
        #expect(effects.writes.count == 16 && StatusWrites.underWayMax == 16)
        var names = effects.writes.map(\.key.name)
        while !effects.writes.isEmpty {
            let answered = story.carryOut(effects)
            #expect(answered.writes.count <= StatusWrites.underWayMax)
            names += answered.writes.map(\.key.name)
            effects = answered
        }
        #expect(names == services.map(\.metadata.name), "each once, in the order asked for")
    }

    @Test func aWriteThatWaitsForItsTurnIsDecidedOnWhatIsTrueThen() throws {
        var story = Story(pools: [try Story.pool("192.0.2.0/24")])
        let services = (100..<120).map { Story.service("s\($0)") }
        let listed = story.send(.services(.snapshot(services)))
        let effects = listed.probes.flatMap { story.send(.ownership(.probeFinished($0, .free))) }
        let last = try #require(services.last)
        story.send(.services(.removed(last)))
        let names = story.carryOut(effects).writes.map(\.key.name)
        #expect(names == (116..<119).map { "s\($0)" })
        #expect(!names.contains(last.metadata.name))
    }
}
