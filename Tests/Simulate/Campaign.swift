import Simulation

/// Many seeds of one family, their failures and their measurements.
struct Campaign {
    let family: RandomPlan.Family
    let first: UInt64
    let count: Int
    let jobs: Int

    /// Failing seeds whose shortest plan is printed.
    private static let storiesMax = 3

    /// Runs all seeds; false when one broke a rule.
    func run() async -> Bool {
        var failures: [Outcome] = []
        var measured: [Plan.Profile: Measurements] = [:]
        await withTaskGroup(of: [Outcome].self) { group in
            for job in 0..<jobs { group.addTask { outcomes(of: job) } }
            for await outcomes in group {
                for outcome in outcomes {
                    if !outcome.violations.isEmpty { failures.append(outcome) }
                    let profile = outcome.plan.profile
                    if measured[profile] == nil {
                        measured[profile] = outcome.measurements
                    } else {
                        measured[profile]?.merge(outcome.measurements)
                    }
                }
            }
        }
        failures.sort { $0.plan.seed < $1.plan.seed }
        report(failures, measured)
        return failures.isEmpty
    }

    private func outcomes(of job: Int) -> [Outcome] {
        stride(from: job, to: count, by: jobs).map { index in
            Outcome(running: RandomPlan.draw(family, seed: first + UInt64(index)))
        }
    }

    private func report(_ failures: [Outcome], _ measured: [Plan.Profile: Measurements]) {
        for profile in Plan.Profile.allCases {
            guard let measurements = measured[profile] else { continue }
            print("\(family.rawValue), \(profile.rawValue), \(measurements.runs) runs:")
            print("  " + measurements.lines.joined(separator: "\n  "))
        }
        for failure in failures {
            let broken = failure.violations.first.map(\.description) ?? ""
            print("seed \(failure.plan.seed): \(broken)")
        }
        print("\(count) seeds, \(failures.count) failed")
        flush()
        for failure in failures.prefix(Self.storiesMax) {
            guard let rule = failure.violations.first?.rule else { continue }
            let shortest = Shrinking.shrink(failure.plan, rule: rule)
            print("\nseed \(failure.plan.seed), cut to what still breaks (\(rule)):\n")
            print(ScenarioText(running: shortest).text, terminator: "")
        }
    }
}
