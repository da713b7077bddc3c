import Addressing
import Allocation
import Foundation
import JSON
import Kubernetes
import Naming
import Ownership
import Status
import Testing
import Timing

@testable import Daemon
@testable import PoolFile

@Suite struct ReconcilerTests {
    typealias Story = ReconcilerStory

    static func story(isLeader: Bool = true, _ range: String = "192.0.2.16-192.0.2.31") throws
        -> Story
    {
        Story(isLeader: isLeader, pools: [try Story.pool(range)])
    }

    @Test func aServiceIsProbedThenWrittenThenToldToTheSegment() throws {
        var story = try Self.story()
        let listed = story.send(.services(.snapshot([Story.service("web")])))
        let address = try IPAddress("192.0.2.16")
        #expect(listed.probes == [address])
        #expect(listed.writes.isEmpty)

        let probed = story.send(.ownership(.probeFinished(address, .free)))
        let write = try #require(probed.writes.first)
        #expect(write.patch.ingress == .entries([LoadBalancerIngress(ip: "192.0.2.16")]))
        #expect(write.patch.resourceVersion == "1")
        #expect(write.patch.annotations == ["herald.dev/allocated-from": "public"])
        #expect(write.patch.conditions.map(\.reason) == ["Allocated"])

        let told = story.carryOut(probed)
        #expect(told.facts.map(\.address) == [address])
        #expect(told.facts.first?.eligibility == .nobody(.noEndpoints))

        let endpoints = story.send(.endpointSlices(.changed(Story.slice(of: "web"))))
        #expect(endpoints.facts.first?.eligibility == .nodes(["n1"]))
    }

    @Test func aTakenAddressIsPassedOver() throws {
        var story = try Self.story()
        let listed = story.send(.services(.snapshot([Story.service("web")])))
        let first = try #require(listed.probes.first)
        let foreign = try LinkAddress("02:00:5e:00:53:01")
        let probed = story.send(.ownership(.probeFinished(first, .taken(foreign))))
        #expect(probed.probes == [try IPAddress("192.0.2.17")])
        #expect(probed.writes.isEmpty)
    }

    @Test func aMemberKeepsTheViewAndWritesNothing() throws {
        var story = try Self.story(isLeader: false)
        let shown = Story.service(
            "web", annotations: ["herald.dev/allocated-from": "public"], ingress: ["192.0.2.16"])
        let effects = story.send(.services(.snapshot([shown, Story.service("db")])))
        #expect(effects.writes.isEmpty && effects.probes.isEmpty)
        #expect(effects.facts.map(\.address) == [try IPAddress("192.0.2.16")])
    }

    @Test func nothingIsWrittenBeforeEveryKindWasListed() throws {
        var story = Story(pools: [try Story.pool("192.0.2.16")])
        story.reconciler = Reconciler(configuration: story.reconciler.configuration)
        story.send(.leadershipChanged(isLeader: true, leader: "n1"))
        let listed = story.send(.services(.snapshot([Story.service("web")])))
        #expect(listed.probes.isEmpty && listed.writes.isEmpty && listed.facts.isEmpty)
    }

    @Test func aShownAddressIsAdoptedWithoutAProbeOrAWrite() throws {
        var story = try Self.story()
        var web = Story.service("web")
        let decided = story.sendAndProbe(.services(.snapshot([web])))
        web.apply(try #require(decided.writes.first).patch, version: "2")

        var restarted = try Self.story()
        let effects = restarted.send(.services(.snapshot([web])))
        #expect(effects.probes.isEmpty && effects.writes.isEmpty && effects.events.isEmpty)
        #expect(effects.facts.map(\.address) == [try IPAddress("192.0.2.16")])
        for _ in 1...10 {
            #expect(restarted.send(.services(.snapshot([web]))).writes.isEmpty)
        }
    }

    @Test func aConflictIsDecidedAgainOnTheNewerObject() throws {
        var story = try Self.story()
        let decided = story.sendAndProbe(.services(.snapshot([Story.service("web")])))
        let key = try #require(decided.writes.first).key
        let refused = story.send(.statusWritten(key, .failure(.conflict)))
        #expect(refused.writes.isEmpty)

        let newer = story.send(.services(.changed(Story.service("web", version: "5"))))
        #expect(newer.writes.map(\.patch.resourceVersion) == ["5"])
    }

    @Test func aConflictAfterTheNewerObjectCameIsDecidedAtOnce() throws {
        var story = try Self.story()
        let decided = story.sendAndProbe(.services(.snapshot([Story.service("web")])))
        let key = try #require(decided.writes.first).key
        let newer = story.send(.services(.changed(Story.service("web", version: "5"))))
        #expect(newer.writes.isEmpty, "one write a service is under way at most")
        let refused = story.send(.statusWritten(key, .failure(.conflict)))
        #expect(refused.writes.map(\.patch.resourceVersion) == ["5"])
    }

    @Test func aLostWriteIsRepeatedAfterAPauseThatDoubles() throws {
        var story = try Self.story()
        var effects = story.sendAndProbe(.services(.snapshot([Story.service("web")])))
        story.letTheViewBeSaved()
        for pause in [500, 1_000, 2_000] as [Int64] {
            let key = try #require(effects.writes.first).key
            story.send(.statusWritten(key, .failure(.unreachable)))
            #expect(
                story.reconciler.nextDeadline(after: story.now) == story.now + .milliseconds(pause))
            story.now = story.now + .milliseconds(pause)
            effects = story.send(.deadlineReached)
        }
        #expect(effects.writes.count == 1)
    }

    @Test func anOlderObjectThanTheOneWrittenIsIgnored() throws {
        var story = try Self.story()
        let effects = story.sendAndProbe(
            .services(.snapshot([Story.service("web", version: "7")])))
        _ = story.carryOut(effects)
        let stale = story.send(.services(.changed(Story.service("web", version: "8"))))
        #expect(stale.writes.isEmpty, "the write came back with version 101")
    }

    @Test func foreignEntriesSurviveOurWrite() throws {
        var story = try Self.story()
        var web = Story.service("web")
        web.status.ingress = [try LoadBalancerIngress(hostname: "lb.example.com")]
        let effects = story.sendAndProbe(.services(.snapshot([web])))
        let write = try #require(effects.writes.first)
        guard case .entries(let entries) = write.patch.ingress else {
            Issue.record("no entries in \(write.patch)")
            return
        }
        #expect(entries.map(\.ip) == ["192.0.2.16", ""])
        #expect(entries.map(\.hostname) == ["", "lb.example.com"])
    }

    @Test func aDeletedServiceFreesItsAddressForTheOneThatWaits() throws {
        var story = try Self.story("192.0.2.16")
        var effects = story.sendAndProbe(.services(.snapshot([Story.service("a")])))
        _ = story.carryOut(effects)
        effects = story.send(.services(.changed(Story.service("b", version: "50"))))
        let pending = try #require(effects.writes.first)
        #expect(pending.patch.conditions.map(\.reason) == ["PoolExhausted"])
        #expect(effects.events.map(\.reason) == [.allocationPending])
        _ = story.carryOut(effects)

        let gone = try #require(
            story.reconciler.cluster.services.objects[.init(namespace: "default", name: "a")])
        effects = story.sendAndProbe(.services(.removed(gone)))
        #expect(effects.removed == [try IPAddress("192.0.2.16")])
        #expect(effects.writes.map(\.key.name) == ["b"])
        #expect(effects.writes.first?.patch.conditions.map(\.reason) == ["Allocated"])
    }

    @Test func aChangeOfTypeTellsTheServerNoIngress() throws {
        var story = try Self.story()
        let effects = story.sendAndProbe(.services(.snapshot([Story.service("web")])))
        _ = story.carryOut(effects)
        var web = try #require(
            story.reconciler.cluster.services.objects[.init(namespace: "default", name: "web")])
        web.spec.type = "ClusterIP"
        web.status.ingress = []
        web.metadata.resourceVersion = story.nextVersion()
        let released = story.send(.services(.changed(web)))
        let patch = try #require(released.writes.first).patch
        #expect(patch.ingress == .none)
        #expect(patch.removedConditions == ["herald.dev/Allocated"])
        #expect(patch.annotations == ["herald.dev/allocated-from": String?.none])
        #expect(released.removed == [try IPAddress("192.0.2.16")])
    }

    @Test func aConflictOutlivesARelist() throws {
        var story = try Self.story()
        let web = Story.service("web")
        let decided = story.sendAndProbe(.services(.snapshot([web])))
        story.send(.statusWritten(try #require(decided.writes.first).key, .failure(.conflict)))
        let relisted = story.send(.services(.snapshot([web])))
        #expect(relisted.writes.count == 1)
    }

    @Test func anAnswerAboutADeletedServiceDoesNotReplaceItsSuccessor() throws {
        var story = try Self.story()
        let decided = story.sendAndProbe(.services(.snapshot([Story.service("web")])))
        let key = try #require(decided.writes.first).key
        var successor = Story.service("web", version: "60")
        successor.metadata.uid = "uid-successor"
        story.send(.services(.changed(successor)))
        story.send(.statusWritten(key, .success(Story.service("web", version: "70"))))
        let name = NamespacedName(namespace: "default", name: "web")
        #expect(story.reconciler.cluster.services.objects[name]?.metadata.uid == "uid-successor")
    }

    @Test func aListThatIsOlderThanOurWriteKeepsTheAddress() throws {
        var story = try Self.story()
        let web = Story.service("web", version: "7")
        _ = story.carryOut(story.sendAndProbe(.services(.snapshot([web]))))
        let relisted = story.send(.services(.snapshot([web])))
        #expect(relisted.removed.isEmpty && relisted.writes.isEmpty)
    }

    @Test func aLeaderWaitsForLinksAndForAViewThatIsFollowed() throws {
        var story = try Self.story()
        story.reconciler = Reconciler(configuration: story.reconciler.configuration)
        story.send(.leadershipChanged(isLeader: true, leader: "n1"))
        story.send(
            .poolsLoaded(
                PoolFile.Contents(
                    pools: PoolSet([try Story.pool("192.0.2.16")]), warnings: [])))
        story.send(.namespaces(.snapshot([])))
        story.send(.nodes(.snapshot([Story.node("n1")])))
        story.send(.endpointSlices(.snapshot([])))
        #expect(story.send(.services(.snapshot([Story.service("web")]))).probes.isEmpty)
        story.send(.services(.interrupted(.unreachable)))
        #expect(story.send(.linksChanged(LinkTable())).probes.isEmpty)
        #expect(story.send(.services(.resumed)).probes == [try IPAddress("192.0.2.16")])
    }

    /// A follower's view is whole without the labels of namespaces; a leader waits for them.
    @Test func onlyALeaderAsksForNamespaces() throws {
        var pool = try Story.pool("192.0.2.16")
        pool.namespaceSelectors = [LabelSelector(matchLabels: ["tier": "web"])]
        let held = Story.service(
            "web", annotations: ["herald.dev/allocated-from": "public"], ingress: ["192.0.2.16"])
        var story = Story(isLeader: false, pools: [pool])
        let seen = story.send(.services(.snapshot([held])))
        #expect(!seen.asksForNamespaces)
        let told = seen.facts.map(\.address.description)
        #expect(told == ["192.0.2.16"])
        #expect(
            story.reconciler.status(at: .zero).pools.first?.ipv4?.used == AddressCount(clamping: 1))
        // What is late from a term of before is not taken in.
        story.send(.namespaces(.snapshot(Story.namespaces)))
        #expect(!story.reconciler.cluster.namespaces.isSynced)

        var labelled = Namespace(metadata: ObjectMeta(name: "default", labels: ["tier": "web"]))
        labelled.metadata.resourceVersion = "7"
        var reconciler = story.reconciler
        let leads = reconciler.handle(
            .leadershipChanged(isLeader: true, leader: "n1"), at: .zero, time: Story.time)
        #expect(leads.asksForNamespaces)
        let kept = reconciler.handle(.retainedRead(.success(nil)), at: .zero, time: Story.time)
        #expect(kept.writes.isEmpty, "not before it knows them")
        let decided = reconciler.handle(
            .namespaces(.snapshot([labelled])), at: .zero, time: Story.time)
        #expect(!decided.writes.isEmpty, "the condition")
        let used = reconciler.status(at: .zero).pools.first?.ipv4?.used
        #expect(used == AddressCount(clamping: 1), "it holds what it may hold")
        _ = reconciler.handle(
            .leadershipChanged(isLeader: false, leader: "n2"), at: .zero, time: Story.time)
        #expect(reconciler.cluster.namespaces.objects.isEmpty)
    }

    @Test func aServiceGivenUpKeepsWhatAnotherLoadBalancerWrote() throws {
        var story = try Self.story()
        var web = Story.service(
            "web", annotations: ["herald.dev/allocated-from": "public"], ingress: ["203.0.113.9"])
        web.spec.loadBalancerClass = "example.com/other"
        let effects = story.send(.services(.snapshot([web])))
        let patch = try #require(effects.writes.first).patch
        #expect(patch.ingress == .entries([LoadBalancerIngress(ip: "203.0.113.9")]))
        #expect(patch.annotations == ["herald.dev/allocated-from": String?.none])
    }

    @Test func whoAnswersAndWhoInterferesIsTold() throws {
        var story = try Self.story()
        _ = story.carryOut(story.sendAndProbe(.services(.snapshot([Story.service("web")]))))
        let address = try IPAddress("192.0.2.16")
        let announced = story.send(
            .ownership(
                .addressChanged(
                    OwnedAddress(
                        address: address, state: .announced, owner: "n1", epoch: 1,
                        cause: .claimedFree, since: .zero))))
        #expect(announced.events.map(\.reason) == [.addressAnnounced])
        let foreign = try LinkAddress("02:00:5e:00:53:99")
        let conflict = story.send(
            .ownership(.conflict(address, foreign: foreign, link: 2, defended: true)))
        #expect(conflict.events.map(\.reason) == [.addressConflict])
        #expect(conflict.events.allSatisfy { $0.message.contains("02:00:5e:00:53:99") })
    }

    @Test func losingTheAPIIsToldAndChangesNoAddress() throws {
        var story = try Self.story()
        _ = story.carryOut(
            story.sendAndProbe(.services(.snapshot([Story.service("web")]))))
        let lost = story.send(.services(.interrupted(.unreachable)))
        #expect(lost.removed.isEmpty && lost.facts.isEmpty)
        #expect(
            lost.contains { if case .tellSegment(.viewBecameStale) = $0 { true } else { false } })
        #expect(story.reconciler.status(at: story.now + .seconds(3)).api.staleSeconds == 3)
        let back = story.send(.services(.resumed))
        #expect(
            back.contains { if case .tellSegment(.viewBecameFresh) = $0 { true } else { false } })
    }

    @Test(arguments: [
        ("IPv4", "192.0.2.16", true), ("IPv4, not to be announced", "192.0.2.16", false),
        ("IPv6", "2001:db8::16", true), ("IPv6, not to be announced", "2001:db8::16", false),
    ])
    func thePoolSaysWhatIsAnnounced(row: String, text: String, isEnabled: Bool) throws {
        var pool = try Story.pool(text)
        pool.announce.isEnabled = isEnabled
        let story = Story(pools: [pool])
        let derivation = FactsDerivation(
            cluster: story.reconciler.cluster, pools: PoolSet([pool]), ignoresExcludeLabel: false)
        let facts = derivation.facts(of: try IPAddress(text), heldBy: [])
        #expect(facts?.isAnnounced == isEnabled, "\(row)")
    }
}

extension KubernetesError {
    static let conflict = KubernetesError(
        verb: .patch, path: "/x",
        cause: .refused(Refusal(httpStatus: 409, reason: "Conflict", message: "changed")))
    static let unreachable = KubernetesError(
        verb: .patch, path: "/x", cause: .unreachable("connection refused"))
}

extension LoadBalancerIngress {
    init(hostname: String) throws {
        self = try JSONValue.object(["hostname": .string(hostname)]).decoded()
    }
}
