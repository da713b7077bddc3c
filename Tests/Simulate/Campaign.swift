import Simulation

/// Many seeds of one family, their failures and their measurements.
struct Campaign {
    let family: RandomPlan.Family
    let first: UInt64
    let count: Int
    let jobs: Int

    /// After how many seeds what was measured so far is printed; a long run may be stopped.
    let reportEvery: Int

    /// Outcomes that are kept until they are added up.
    private static let batchMax = 1_000
    /// Failing seeds whose shortest plan is printed.
    private static let storiesMax = 3

    /// Runs all seeds; false when one broke a rule.
    func run() async -> Bool {
        var failures: [Outcome] = []
        var measured: [Plan.Profile: Measurements] = [:]
        var done = 0
        while done < count {
            let batch = min(reportEvery - done % reportEvery, Self.batchMax, count - done)
            for outcome in await outcomes(from: first + UInt64(done), batch) {
                if !outcome.violations.isEmpty { failures.append(outcome) }
                let profile = outcome.plan.profile
                if measured[profile] == nil {
                    measured[profile] = outcome.measurements
                } else {
                    measured[profile]?.merge(outcome.measurements)
                }
            }
            done += batch
            if done == count || done % reportEvery == 0 { report(failures, measured, done) }
        }
        tell(failures)
        let isTakenOver = measured.values.contains { $0.takeovers > 0 }
        let isDoubled = measured.values.contains { $0.isDoubled }
        return failures.isEmpty && !(family.forbidsTakeovers && isTakenOver)
            && !(family.forbidsDoubling && isDoubled)
    }

    /// Every job takes its turn among the seeds; in order of the seeds.
    private func outcomes(from start: UInt64, _ batch: Int) async -> [Outcome] {
        let all = await withTaskGroup(of: [Outcome].self) { group in
            for job in 0..<jobs {
                group.addTask {
                    stride(from: job, to: batch, by: jobs).map { index in
                        Outcome(running: RandomPlan.draw(family, seed: start + UInt64(index)))
                    }
                }
            }
            return await group.reduce(into: []) { $0 += $1 }
        }
        return all.sorted { $0.plan.seed < $1.plan.seed }
    }

    private func report(
        _ failures: [Outcome], _ measured: [Plan.Profile: Measurements], _ done: Int
    ) {
        for profile in Plan.Profile.allCases {
            guard let measurements = measured[profile] else { continue }
            print("\(family.rawValue), \(profile.rawValue), \(measurements.runs) runs:")
            print("  " + measurements.lines.joined(separator: "\n  "))
        }
        for failure in failures {
            let broken = failure.violations.first.map(\.description) ?? ""
            print("seed \(failure.plan.seed): \(broken)")
        }
        print("\(family.rawValue): \(done) seeds, \(failures.count) failed")
        flush()
    }

    private func tell(_ failures: [Outcome]) {
        for failure in failures.prefix(Self.storiesMax) {
            guard let rule = failure.violations.first?.rule else { continue }
            let shortest = Shrinking.shrink(failure.plan, rule: rule)
            print("\nseed \(failure.plan.seed), cut to what still breaks (\(rule)):\n")
            print(ScenarioText(running: shortest).text, terminator: "")
        }
    }
}
