import Simulation
import Testing
import Timing

@Suite struct PlanTests {
    @Test(arguments: RandomPlan.Family.allCases)
    func everyDrawnPlanParsesBackToItself(_ family: RandomPlan.Family) throws {
        for seed in 1...200 as ClosedRange<UInt64> {
            let plan = RandomPlan.draw(family, seed: seed)
            #expect(try Plan(parsing: plan.description) == plan)
        }
    }

    @Test func everyVerbHasAText() throws {
        var plan = Plan()
        plan.title = ["Everything goes wrong"]
        for (index, verb) in Fault.Verb.allCases.enumerated() {
            plan.faults.append(
                Fault(
                    at: .zero + .seconds(index), verb, nodes: [0, 2], withClients: true,
                    address: 4, amount: 7, lasts: .milliseconds(1500)))
        }
        #expect(try Plan(parsing: plan.description) == plan)
    }

    @Test(arguments: [
        ("1.000 explode n1", "names no fault"),
        ("1.000 kill n0", "which is no node"),
        ("colour blue", "is no setting"),
        ("nodes many", "wants a number"),
        ("profile sleepy", "names no profile"),
        ("on-conflict fight", "names no policy"),
        ("watch-delay 1", "wants seconds with three decimals"),
    ])
    func aWrongLineIsNamed(_ line: String, _ reason: String) {
        let error = #expect(throws: PlanError.self) { try Plan(parsing: "nodes 3\n" + line) }
        #expect(error?.line == 2)
        #expect(error?.description.contains(reason) == true)
    }

    @Test func aPlanSettlesAfterItsLastFault() throws {
        let plan = try Plan(parsing: "nodes 3\n3.000 cut n1 for 4.000\n5.000 kill n2\n")
        #expect(plan.calm == .zero + .seconds(7))
        #expect(plan.settled > plan.calm && plan.quiet > plan.balanced)
    }
}
