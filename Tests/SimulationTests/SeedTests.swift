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
