/// What became of one plan.
package struct Outcome: Sendable {
    package let plan: Plan
    package let violations: [Violation]
    package let digest: Digest
    package let measurements: Measurements

    /// Runs the plan from beginning to end.
    package init(running plan: Plan) {
        var world = World(plan: plan)
        world.run()
        self.plan = plan
        violations = world.violations
        digest = world.digest
        measurements = world.measurements
    }
}

/// A run as text: the plan, then what happened, then what was wrong.
package struct ScenarioText {
    package let text: String
    package let violations: [Violation]

    /// The line between the plan, which is read, and the story, which is written.
    package static let separator = "----"

    package init(running plan: Plan) {
        var world = World(plan: plan, tellsStory: true)
        world.run()
        violations = world.violations
        var lines = [plan.description + Self.separator]
        lines += world.story?.lines ?? []
        lines += Self.verdict(world.violations)
        text = lines.joined(separator: "\n") + "\n"
    }

    private static let violationsShownMax = 12

    private static func verdict(_ violations: [Violation]) -> [String] {
        guard !violations.isEmpty else { return ["          every rule held"] }
        let shown = violations.prefix(violationsShownMax).map(\.description)
        let more = violations.count - shown.count
        return ["BROKEN"] + shown + (more > 0 ? ["and \(more) more"] : [])
    }
}
