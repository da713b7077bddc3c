import Addressing
import Testing
import Timing
import Wire

@testable import Ownership

/// A free address is claimed on a plan that the others make alike: nobody plans on half of what a
/// peer claims, or on candidates of whom the others have not heard yet.
@Suite struct SettledPlanTests {
    private static let peer = IPAddress.ipv4(IPv4Address(192, 0, 2, 2))

    /// Two nodes with two addresses each.
    private static func pair() -> Cluster {
        var cluster = Cluster(count: 2, addresses: 4)
        cluster.start()
        cluster.cut = [[1, 0]]
        return cluster
    }

    /// What n1 says next; its own hellos do not arrive meanwhile.
    private static func say(
        _ cluster: inout Cluster, number: UInt64, _ change: (inout Hello) -> Void
    ) throws {
        var hello = try #require(cluster.lastHello[1])
        hello.sequence += 1_000 + number
        change(&hello)
        cluster.send(.helloReceived(hello, link: 2, source: peer), to: 0)
    }

    /// How long n0 waits with a new address whose best candidate it is: until it claims it, and the
    /// 2 ms for which that claim is silent.
    private static func wait(
        _ name: String, after events: [(milliseconds: Int64, change: (inout Hello) -> Void)]
    ) throws -> Int64? {
        var cluster = pair()
        let address = try #require(
            (10..<40).first { number in
                var control = pair()
                control.send(.addressesChanged([facts(number)], removed: []), to: 0)
                control.run(milliseconds: 5)
                return control.owners(number) == [0]
            })
        for (number, event) in events.enumerated() where event.milliseconds == 0 {
            try say(&cluster, number: UInt64(number), event.change)
        }
        cluster.send(.addressesChanged([facts(address)], removed: []), to: 0)
        for millisecond in Int64(0)...40 {
            for (number, event) in events.enumerated()
            where event.milliseconds == millisecond && millisecond > 0 {
                try say(&cluster, number: UInt64(number), event.change)
            }
            if cluster.owners(address) == [0] { return millisecond }
            cluster.run(milliseconds: 1)
        }
        return nil
    }

    private static func facts(_ number: Int) -> AddressFacts {
        AddressFacts(Cluster.address(number), eligibility: .nodes(["n0", "n1"]))
    }

    private static func half(_ hello: inout Hello) {
        hello.claimCount += 300
        hello.coverage = nil
    }

    @Test func aSettledPlanIsClaimedOnAtOnce() throws {
        #expect(try Self.wait("nothing", after: []) == 4)
        #expect(try Self.wait("a whole table", after: [(0, { _ in })]) == 4)
    }

    /// The rest comes in the next hello; one that is lost is said again 5 and 15 ms later.
    @Test func halfOfAPeersClaimsAreWaitedFor() throws {
        #expect(try Self.wait("for ever", after: [(0, Self.half)]) == 22)
        #expect(try Self.wait("and the rest", after: [(0, Self.half), (6, { _ in })]) == 8)
    }

    /// A candidate that comes or goes is heard of everywhere before anybody claims.
    @Test func changedCandidatesAreWaitedFor() throws {
        let goes: (inout Hello) -> Void = { $0.flags.insert(.draining) }
        #expect(try Self.wait("before the turn", after: [(1, goes)]) == 5)
        let comesAndGoes = (1...30).map { millisecond in
            (
                milliseconds: Int64(millisecond),
                change: millisecond % 2 == 0 ? { (_: inout Hello) in } : goes
            )
        }
        #expect(try Self.wait("without end", after: comesAndGoes) == 24)
    }
}
