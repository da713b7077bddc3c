import Foundation
import Laboratory
import Simulation
import Testing

@Suite struct SeedTests {
    /// Few seeds, for they are run unoptimised here; `make simulate` runs thousands.
    @Test(arguments: 1...10 as ClosedRange<UInt64>)
    func everyRuleHolds(_ seed: UInt64) {
        let outcome = Outcome(running: RandomPlan.draw(.mixes, seed: seed))
        #expect(outcome.violations.first?.description == nil)
    }

    @Test(arguments: 1...6 as ClosedRange<UInt64>)
    func aDeathCostsTheDetectionTime(_ seed: UInt64) throws {
        let plan = RandomPlan.draw(.deaths, seed: seed)
        let outcome = Outcome(running: plan)
        #expect(outcome.violations.first?.description == nil)
        let longest = outcome.measurements.outage.percentile(perThousand: 1000) ?? 0
        #expect(longest <= (plan.profile == .fast ? 150_000_000 : 320_000_000))
    }

    @Test(arguments: 1...8 as ClosedRange<UInt64>)
    func hellosLostInARowMoveNothing(_ seed: UInt64) {
        let outcome = Outcome(running: RandomPlan.draw(.quietLoss, seed: seed))
        #expect(outcome.violations.first?.description == nil)
        #expect(outcome.measurements.takeovers == 0)
        #expect(outcome.measurements.representedNodeHours > 1)
    }

    /// Three nodes, 1 %: in each period of 50 ms six paths begin a run of three with 0.99 x 10^-6.
    @Test func aPlanStandsForTheQuietTimeBetweenTwoRuns() throws {
        let plan = try Plan(parsing: "nodes 3\nloss 10000\n2.000 hush n1 n2 for 0.150\n")
        let hours = World(plan: plan).measurements.representedNodeHours
        #expect(abs(hours - 0.05 / (6 * 0.99e-6) * 3 / 3600) < 1e-9)
        #expect(World(plan: Plan()).measurements.representedNodeHours == 0)
    }

    @Test func aTakeoverOfALiveOwnerIsCounted() throws {
        let plan = try Plan(parsing: "nodes 2\n3.000 cut n1 for 1.000\n")
        var world = World(plan: plan)
        world.run()
        #expect(world.measurements.takeovers == 3)
    }

    @Test func oneSeedGivesOneTraceInOneProcess() {
        let plan = RandomPlan.draw(.mixes, seed: 7)
        #expect(Outcome(running: plan).digest == Outcome(running: plan).digest)
    }

    /// Dictionary and set order differ from process to process; a trace must not.
    @Test(arguments: [3, 11])
    func oneSeedGivesOneTraceInTwoProcesses(_ seed: Int) throws {
        let arguments = ["--digest", "--seed", "\(seed)"]
        let first = try Command.run(Self.program, arguments, timeout: .seconds(60))
        let second = try Command.run(Self.program, arguments, timeout: .seconds(60))
        #expect(first.succeeded)
        #expect(first.output.count == 17)
        #expect(first.output == second.output)
    }

    @Test func theProgramSaysWhatItDoesNotUnderstand() throws {
        let run = try Command.run(Self.program, ["--seeds", "many"])
        #expect(run.status == 2)
        #expect(run.output.contains("--seeds wants a number"))
    }

    @Test func aFailingPlanIsCutToWhatStillFails() throws {
        // A deletion that nobody is told of cannot be planned; two rivals for ever can: the pair
        // is cut until the end, and the end is where everything must be right.
        var plan = RandomPlan.draw(.mixes, seed: 1)
        plan.faults.append(
            Fault(at: .zero + .seconds(3), .twin, nodes: [0], lasts: .seconds(1)))
        #expect(Shrinking.shrink(plan, rule: "z") == plan)
    }

    /// The program that was built beside these tests.
    private static var program: String {
        var folder = Bundle.main.bundleURL
        if let bundle = Bundle.allBundles.first(where: { $0.bundlePath.hasSuffix(".xctest") }) {
            folder = bundle.bundleURL.deletingLastPathComponent()
        }
        return folder.appendingPathComponent("simulate").path
    }
}
