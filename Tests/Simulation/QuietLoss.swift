import Ownership
import Timing

// Long quiet times under loss, without running through them.
//
// While fewer than three hellos in a row are lost on every path nothing can happen: a verdict takes
// five periods of silence. So each plan holds one run of at least three lost hellos on one path, as
// long as chance makes it, and everything else in it is lost at the usual rate. The loss rate p says
// how much quiet time lies between two such runs: one begins with probability (1 - p) p^3 on each
// path in each period.
extension RandomPlan {
    /// Of a million: 1 %.
    private static let quietLossPerMillion = 10_000
    private static let lostInARowMin = 3

    static func drawQuietLoss(_ plan: inout Plan, _ generator: inout Generator) {
        plan.nodes = generator.pick([2, 3, 5])
        plan.addresses = plan.nodes * 2
        plan.profile = generator.pick([.normal, .fast])
        plan.lossPerMillion = quietLossPerMillion
        var lost = lostInARowMin
        while generator.chance(perMillion: quietLossPerMillion) { lost += 1 }
        let period = plan.profile.hello.period
        let start = plan.started + .seconds(1)
        let phase = generator.within(.zero...period)
        let at = Moment(nanoseconds: (start + phase).nanoseconds / 1_000_000 * 1_000_000)
        plan.faults = [
            Fault(
                at: at, .hush, nodes: generator.sample(Array(0..<plan.nodes), count: 2),
                lasts: period * lost)
        ]
        plan.settling = .milliseconds(500)
        // Each address is asked for several times.
        plan.wireTruth = .milliseconds(200)
        plan.end = plan.settled + .seconds(2)
    }

    /// The quiet time that the plan stands for, times its nodes; 0 for any other plan.
    static func representedNodeHours(_ plan: Plan) -> Double {
        guard plan.faults.map(\.verb) == [.hush], plan.lossPerMillion > 0 else { return 0 }
        let loss = Double(plan.lossPerMillion) / 1_000_000
        let paths = Double(plan.nodes * (plan.nodes - 1))
        let runsAPeriod = paths * (1 - loss) * loss * loss * loss
        let period = Double(plan.profile.hello.period.nanoseconds) / 1_000_000_000
        return period / runsAPeriod / 3600 * Double(plan.nodes)
    }
}
