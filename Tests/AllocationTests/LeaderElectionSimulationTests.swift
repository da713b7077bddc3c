import Testing
import Timing

@testable import Allocation

/// Three nodes and one API server in virtual time: answers are lost and late, processes pause,
/// clocks run unequally, watches lag, daemons stop and start.
@Suite struct LeaderElectionSimulationTests {
    private static let faultyTime: Duration = .seconds(240)
    private static let healingTime: Duration = .seconds(20)

    @Test func thereAreNeverTwoWritersAndSoonOneAgain() {
        var terms = 0
        for seed in 0..<100 as Range<UInt64> {
            var world = ElectionWorld(seed: seed, timing: .standard)
            world.run(for: Self.faultyTime)
            if let clash = world.clash {
                Issue.record("seed \(seed): \(clash)")
                return
            }
            world.heal(watching: seed.isMultiple(of: 2))
            world.run(for: Self.healingTime)
            guard world.writers.count == 1, world.clash == nil else {
                Issue.record("seed \(seed): writers after healing: \(world.writers)")
                return
            }
            let (termsBefore, requestsBefore) = (world.terms, world.requests)
            world.run(for: .seconds(60))
            let requests = world.requests - requestsBefore
            guard world.terms == termsBefore, requests <= 200 else {
                Issue.record(
                    "seed \(seed): \(world.terms - termsBefore) terms, \(requests) requests")
                return
            }
            terms += world.terms
        }
        #expect(terms > 100 * 5, "the faults change leaders, or they show nothing: \(terms)")
    }

    @Test func oneSeedIsOneLife() {
        func life() -> Int {
            var world = ElectionWorld(seed: 11, timing: .standard)
            world.run(for: Self.faultyTime)
            return world.terms * 1_000_000 + world.requests
        }
        #expect(life() == life())
    }

    /// The checker bites: a leader that believes in its lease longer than the others do.
    @Test func aRenewDeadlineBeyondTheDurationIsCaught() {
        let wrong = LeaseTiming(
            duration: .seconds(6), renewDeadline: .seconds(9), retry: .seconds(1))
        let caught = (0..<40 as Range<UInt64>).contains { seed in
            var world = ElectionWorld(seed: seed, timing: wrong)
            world.run(for: Self.faultyTime)
            return world.clash != nil
        }
        #expect(caught)
    }

    @Test func aFollowerWithAWatchAsksForNothingWhileTheLeaderLives() {
        var world = ElectionWorld(seed: 3, timing: .standard)
        world.heal()
        world.run(for: .seconds(30))
        let before = world.requests
        world.run(for: .seconds(60))
        #expect((world.requests - before) <= 62, "one renewal a second: \(world.requests - before)")
    }
}
