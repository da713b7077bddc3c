import Foundation
import Simulation

func exitProcess(_ code: Int32) -> Never {
    exit(code)
}

/// What is printed is to be seen now, also in a pipe.
func flush() {
    fflush(nil)
}

struct UsageError: Error, CustomStringConvertible {
    let description: String
}

/// What the command line asks for.
struct Options {
    var family = RandomPlan.Family.mixes
    var first: UInt64 = 1
    var seeds = 100
    var jobs = ProcessInfo.processInfo.activeProcessorCount
    var reportEvery: Int?
    var only: UInt64?
    var planFile: String?
    var wantsDigest = false
    var wantsHandleCost = false

    init(_ arguments: ArraySlice<String>) throws {
        var rest = arguments
        func number(_ option: String) throws -> UInt64 {
            guard let text = rest.popFirst(), let value = UInt64(text) else {
                throw UsageError(description: "\(option) wants a number")
            }
            return value
        }
        while let option = rest.popFirst() {
            switch option {
            case "--first": first = try number(option)
            case "--seeds": seeds = Int(try number(option))
            case "--jobs": jobs = max(1, Int(try number(option)))
            case "--report-every": reportEvery = max(1, Int(try number(option)))
            case "--seed": only = try number(option)
            case "--digest": wantsDigest = true
            case "--handle-cost": wantsHandleCost = true
            case "--plan": planFile = rest.popFirst()
            case "--family":
                guard let name = rest.popFirst(), let known = RandomPlan.Family(rawValue: name)
                else { throw UsageError(description: "--family wants one of the families") }
                family = known
            default: throw UsageError(description: "\"\(option)\" is no option")
            }
        }
    }

    /// False when a rule was broken.
    func run() async throws -> Bool {
        if wantsHandleCost {
            let deaths = HandleCost.measureDeaths().countsLine
            print("ns a turn, \(HandleCost.nodes) nodes, \(HandleCost.addresses) addresses:")
            print("  a hello         \(HandleCost.measure().countsLine)")
            print("  after \(HandleCost.deaths) deaths  \(deaths)")
            return true
        }
        if let planFile {
            let text = try String(contentsOfFile: planFile, encoding: .utf8)
            let head = text.components(separatedBy: ScenarioText.separator)[0]
            return tell(try Plan(parsing: head))
        }
        guard let only else {
            return await Campaign(
                family: family, first: first, count: seeds, jobs: jobs,
                reportEvery: reportEvery ?? max(1, seeds)
            ).run()
        }
        let plan = RandomPlan.draw(family, seed: only)
        guard wantsDigest else { return tell(plan) }
        print(Outcome(running: plan).digest)
        return true
    }

    private func tell(_ plan: Plan) -> Bool {
        let scenario = ScenarioText(running: plan)
        print(scenario.text, terminator: "")
        guard let broken = scenario.violations.first else { return true }
        print("\nshortest plan that breaks (\(broken.rule)):\n")
        let shortest = Shrinking.shrink(plan, rule: broken.rule)
        print(ScenarioText(running: shortest).text, terminator: "")
        return false
    }
}
