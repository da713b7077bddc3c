import Addressing
import Testing
import Timing
import Wire

@testable import Ownership

/// Hellos that say nothing new, and nodes that take them in when they turn anyway.
@Suite struct QuietTests {
    private static func isQuiet(_ cluster: Cluster) -> [Bool] {
        cluster.nodes.map(\.ownership.isQuiet)
    }

    private static func areRoutine(_ cluster: Cluster) -> [Bool] {
        cluster.nodes.indices.map {
            cluster.lastHello[$0]?.flags.contains(.routine) ?? false
        }
    }

    /// A second after the last claim, and not before.
    @Test func aSettledClusterBecomesQuiet() {
        var cluster = Cluster(count: 3, addresses: 6)
        cluster.start(settle: 1_000)
        #expect(Self.isQuiet(cluster) == [false, false, false])
        #expect(Self.areRoutine(cluster) == [false, false, false])
        cluster.run(milliseconds: 1_000)
        #expect(Self.isQuiet(cluster) == [true, true, true])
        #expect(Self.areRoutine(cluster) == [true, true, true])
    }

    /// What ends it, and after how long at most.
    @Test(arguments: [
        ("a peer falls silent", Int64(76)), ("an address is drained away", 1), ("SIGTERM", 1),
        ("a link goes down", 1), ("a peer restarts", 10),
    ])
    func whateverIsDecidedEndsIt(_ name: String, _ milliseconds: Int64) {
        var cluster = Cluster(count: 3, addresses: 6)
        cluster.start(settle: 3_000)
        #expect(cluster.nodes[0].ownership.isQuiet)
        switch name {
        case "a peer falls silent": cluster.kill(1)
        case "an address is drained away": cluster.send(.drainChanged(true), to: 0)
        case "SIGTERM": cluster.send(.leaveRequested, to: 0)
        case "a link goes down": cluster.setLink(0, running: false)
        default: cluster.restart(1, incarnation: 2)
        }
        cluster.run(milliseconds: milliseconds + 50)
        #expect(!cluster.nodes[0].ownership.isQuiet, "\(name)")
        guard name != "a link goes down" else { return }
        cluster.run(milliseconds: 50)
        #expect(!Self.areRoutine(cluster)[0], "its next hello is news: \(name)")
    }

    @Test func aClusterTooLargeForASocketsBufferIsNotQuiet() {
        for (count, isQuiet) in [(3, true), (Ownership.quietMembersMax + 1, false)] {
            var cluster = Cluster(count: count, addresses: 2, profile: .cautious)
            cluster.start(settle: 3_000)
            #expect(cluster.nodes[0].ownership.isQuiet == isQuiet, "\(count) nodes")
        }
    }

    /// Two peers' hellos of a period ago: the silence is counted from when they were received.
    @Test func whatWaitedCountsFromWhenItWasReceived() throws {
        var cluster = Cluster(count: 3, addresses: 3)
        cluster.start(settle: 3_000)
        let hello = try #require(cluster.lastHello[1])
        cluster.kill(1)
        let received = cluster.now
        cluster.run(milliseconds: 40)
        var late = hello
        late.sequence += 1
        cluster.send(
            .helloReceived(
                late, link: 2, source: Cluster.own(1), received: received), to: 0)
        let heard = try #require(
            cluster.nodes[0].ownership.memberStatuses().first { $0.node == "n1" }?.lastHeard)
        #expect(heard == received)
        // And no later one is forgotten for an earlier one.
        late.sequence += 1
        cluster.send(
            .helloReceived(
                late, link: 2, source: Cluster.own(1), received: received - .milliseconds(30)),
            to: 0)
        let still = cluster.nodes[0].ownership.memberStatuses().first { $0.node == "n1" }
        #expect(still?.lastHeard == received)
    }

    /// One after another they would have this node say of the second peer that it is silent.
    @Test func severalAreJudgedAsOne() throws {
        var cluster = Cluster(count: 3, addresses: 3)
        cluster.start(settle: 3_000)
        var node = cluster.nodes[0].ownership
        let due = cluster.now + .milliseconds(120)
        let events = try [1, 2].map { number in
            var hello = try #require(cluster.lastHello[number])
            hello.sequence += 1
            return OwnershipEvent.helloReceived(
                hello, link: 2, source: Cluster.own(number),
                received: due - .milliseconds(10))
        }
        // The loop itself ran late enough for its own hello, not for any doubt.
        _ = node.handle(.deadlineReached, at: cluster.now + .milliseconds(50))
        let said = node.handle(events, at: due).compactMap { effect -> Hello? in
            guard case .sendHello(let hello, _, _) = effect else { return nil }
            return hello
        }
        let ages = try #require(said.first).heard.map(\.ageMilliseconds)
        #expect(ages == [10, 10])
        #expect(node.isQuiet)
    }
}
