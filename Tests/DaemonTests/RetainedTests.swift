import Addressing
import Allocation
import Kubernetes
import Ownership
import Status
import Testing
import Timing

@testable import Daemon
@testable import PoolFile

/// Freed addresses over a change of leader and a restart: ConfigMap `herald-retained`.
@Suite struct RetainedTests {
    typealias Story = ReconcilerStory

    static func pool() throws -> Pool {
        var pool = try Story.pool("192.0.2.16-192.0.2.17")
        pool.retain = .seconds(3_600)
        pool.reuseDelay = .seconds(30)
        return pool
    }

    static func story(retained: ConfigMap? = nil) throws -> Story {
        var story = Story(pools: [try pool()], retained: retained)
        story.send(.services(.snapshot([])))
        return story
    }

    /// The service comes, gets what it gets, and goes.
    static func comeAndGo(_ name: String, in story: inout Story) {
        let service = Story.service(name, version: story.nextVersion())
        _ = story.carryOut(story.sendAndProbe(.services(.changed(service))))
        story.send(.services(.removed(service)))
    }

    static func shown(_ effects: [ReconcilerEffect]) -> [String] {
        effects.writes.flatMap { write -> [String] in
            guard case .entries(let entries) = write.patch.ingress else { return [] }
            return entries.map(\.ip)
        }
    }

    @Test func aFreedAddressIsWrittenAndTheNextLeaderKeepsIt() throws {
        var first = try Self.story()
        Self.comeAndGo("web", in: &first)
        #expect(
            first.retained?.data["addresses"] == "192.0.2.16 default/web retain=1h rest=30s\n")

        var next = try Self.story(retained: first.retained)
        #expect(next.retainedWrites == 0, "what is as it was is not written")
        let other = next.sendAndProbe(.services(.changed(Story.service("other"))))
        #expect(Self.shown(other) == ["192.0.2.17"])
        next.now = next.now + .seconds(30)
        next.send(.deadlineReached)
        let back = next.sendAndProbe(.services(.changed(Story.service("web", version: "900"))))
        #expect(Self.shown(back) == ["192.0.2.16"])
        next.now = next.now + .seconds(1)
        next.send(.deadlineReached)
        #expect(next.retained?.data["addresses"] == "", "its former holder has it")
    }

    @Test func theDelayOfReuseOutlivesTheLeaderWhoeverWaits() throws {
        let left = Story.retained("192.0.2.16 default/a retain=0s rest=5s\n", version: "7")
        var story = try Self.story(retained: left)
        var effects = story.sendAndProbe(.services(.changed(Story.service("b"))))
        #expect(Self.shown(effects) == ["192.0.2.17"])
        effects = story.sendAndProbe(.services(.changed(Story.service("c"))))
        #expect(effects.writes.first?.patch.conditions.first?.reason == "PoolExhausted")
        _ = story.carryOut(effects)
        story.now = story.now + .seconds(5)
        effects = story.send(.deadlineReached)
        effects += effects.probes.flatMap { story.send(.ownership(.probeFinished($0, .free))) }
        #expect(Self.shown(effects) == ["192.0.2.16"])
    }

    @Test func aLeaderReadsBeforeItAllocates() throws {
        var story = try Self.story()
        story.answersRetained = false
        story.send(.leadershipChanged(isLeader: false, leader: nil))
        let leads = story.send(.leadershipChanged(isLeader: true, leader: "n1"))
        #expect(leads.contains { if case .readRetained = $0 { true } else { false } })
        let listed = story.send(.services(.changed(Story.service("web"))))
        #expect(listed.probes.isEmpty)
        #expect(!story.send(.retainedRead(.success(nil))).probes.isEmpty)
    }

    private static let garbage = "192.0.2.16 default/web retain=1h\n"

    @Test func whatCannotBeReadIsSaidUntilItIsWrittenAnew() throws {
        var story = try Self.story(retained: Story.retained(Self.garbage, version: "7"))
        #expect(
            story.reconciler.status(at: story.now).problems == [
                """
                ConfigMap herald-system/herald-retained cannot be read, what was known before \
                stays: key addresses, line 1 is "192.0.2.16 default/web retain=1h", not ADDRESS \
                NAMESPACE/NAME retain=TIME rest=TIME
                """
            ])
        Self.comeAndGo("web", in: &story)
        #expect(story.reconciler.status(at: story.now).problems == [])
    }

    @Test func whatCannotBeReadLeavesTheLastKnownGood() throws {
        var story = try Self.story()
        Self.comeAndGo("web", in: &story)
        let good = story.retained?.data
        story.retained = Story.retained(Self.garbage, version: "8000")
        story.send(.leadershipChanged(isLeader: false, leader: nil))
        let leads = story.send(.leadershipChanged(isLeader: true, leader: "n1"))
        #expect(
            leads.contains { if case .note(.retainedUnusable) = $0 { true } else { false } })
        #expect(story.retained?.data == good)
        let other = story.sendAndProbe(.services(.changed(Story.service("other"))))
        #expect(Self.shown(other) == ["192.0.2.17"], "192.0.2.16 still rests")
    }

    @Test func aServerThatDoesNotAnswerKeepsNobodyWaitingForEver() throws {
        var story = try Self.story()
        story.answersRetained = false
        story.send(.leadershipChanged(isLeader: false, leader: nil))
        story.send(.leadershipChanged(isLeader: true, leader: "n1"))
        story.send(.services(.changed(Story.service("web"))))
        var effects: [ReconcilerEffect] = []
        for pause in [1, 2, 4] as [Int64] {
            #expect(effects.probes.isEmpty)
            effects = story.send(.retainedRead(.failure(.unreachable)))
            story.now = story.now + .seconds(pause)
            story.send(.deadlineReached)
        }
        #expect(effects.probes.count == 1)
        #expect(story.reconciler.status(at: story.now).problems.count == 1)
        // What is read late counts all the same, where nobody took it meanwhile.
        let late = Story.retained("192.0.2.17 default/a retain=1h rest=1h\n", version: "9")
        story.send(.retainedRead(.success(late)))
        effects = story.send(.services(.changed(Story.service("other"))))
        #expect(effects.probes.isEmpty, "192.0.2.17 rests")
        #expect(story.reconciler.status(at: story.now).problems == [])
    }

    @Test func aConflictIsReadAnewAndWrittenOnTop() throws {
        var story = try Self.story()
        story.retained = Story.retained("", version: "4000")
        Self.comeAndGo("web", in: &story)
        #expect(story.retained?.data["addresses"] == "")
        for _ in 1...2 {
            story.now = story.now + .seconds(1)
            story.send(.deadlineReached)
        }
        #expect(
            story.retained?.data["addresses"] == "192.0.2.16 default/web retain=1h rest=30s\n")
        #expect(story.reconciler.status(at: story.now).problems == [])
    }

    @Test func manyChangesAreFewWrites() throws {
        var pool = try Story.pool("192.0.2.0/24")
        pool.retain = .seconds(3_600)
        var story = Story(pools: [pool])
        story.send(.services(.snapshot([])))
        for number in 1...50 { Self.comeAndGo("s\(number)", in: &story) }
        #expect(story.retainedWrites == 1)
        story.now = story.now + .seconds(1)
        story.send(.deadlineReached)
        #expect(story.retainedWrites == 2)
        #expect(story.retained?.data["addresses"]?.split(separator: "\n").count == 50)
        for _ in 1...10 {
            story.now = story.now + .seconds(1)
            story.send(.deadlineReached)
        }
        #expect(story.retainedWrites == 2, "nothing changed")
    }

    @Test func theAnswerOfAnEarlierTermSaysNothing() throws {
        var story = try Self.story()
        story.answersRetained = false
        story.send(.leadershipChanged(isLeader: false, leader: nil))
        story.send(.leadershipChanged(isLeader: true, leader: "n1"))
        story.send(.leadershipChanged(isLeader: false, leader: nil))
        story.send(.leadershipChanged(isLeader: true, leader: "n1"))
        let stale = story.send(.retainedRead(.success(Story.retained("", version: "1"))))
        #expect(stale.contains { if case .readRetained = $0 { true } else { false } })
        let hasStarted = story.reconciler.hasStartedAllocating
        #expect(!hasStarted)
    }
}

/// The text of the ConfigMap.
@Suite struct RetainedTextTests {
    @Test func whatIsRenderedIsReadBack() throws {
        let list = [
            RetainedAddress(
                try IPAddress("192.0.2.1"), service: ServiceKey(namespace: "shop", name: "web"),
                retain: .seconds(86_400), rest: .milliseconds(1_500)),
            RetainedAddress(
                try IPAddress("2001:db8::1"), service: ServiceKey(namespace: "", name: ""),
                retain: .zero, rest: .seconds(5)),
        ]
        let text = RetainedText.render(list)
        #expect(
            text == """
                192.0.2.1 shop/web retain=24h rest=1s500ms
                2001:db8::1 - retain=0s rest=5s

                """)
        #expect(try RetainedText.parse(text) == list)
    }

    @Test(arguments: [
        "192.0.2.1", "192.0.2.1 web retain=1h rest=0s", "192.0.2.300 a/b retain=1h rest=0s",
        "192.0.2.1 a/b rest=0s retain=1h", "192.0.2.1 a/b retain=-1h rest=0s",
        "192.0.2.1 a/b retain=1h rest=99999999999h", "192.0.2.1 a/b/c retain=1h rest=0s",
        "192.0.2.1 / retain=1h rest=0s", "192.0.2.1  a/b retain=1h rest=0s", "\u{0}", "é",
    ])
    func whatIsNoneOfOursIsRefusedWhole(line: String) {
        let text = "192.0.2.1 a/b retain=1h rest=0s\n" + line + "\n"
        #expect(throws: RetainedText.Refusal(line: 2, text: line)) {
            try RetainedText.parse(text)
        }
    }

    /// The longest names and times: the whole object stays below the server's limit.
    @Test func itIsBoundedAndTheSoonestToEndIsDropped() throws {
        let label = String(repeating: "x", count: 63)
        let list = try (0..<RetainedText.addressesMax + 10).map { number in
            RetainedAddress(
                try IPAddress("2001:db8:aaaa:bbbb:cccc:dddd:\(String(number, radix: 16)):ffff"),
                service: ServiceKey(namespace: label, name: label),
                retain: .milliseconds(315_359_000_000 + Int64(number)), rest: .zero)
        }
        let text = RetainedText.render(list)
        #expect(text.utf8.count < RetainedText.bytesMax - 4_096)
        let kept = try RetainedText.parse(text)
        #expect(kept.count == RetainedText.addressesMax)
        #expect(!kept.contains(list[9]) && kept.contains(list[10]))
    }
}
