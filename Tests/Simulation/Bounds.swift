import Ownership
import Timing

/// How long what may be, for one plan; from the profile and the quality of the network.
package struct Bounds: Sendable {
    /// Both answer in a hand-over: 3 ms of lingering and two delays.
    package var handOver: Duration
    /// Two owners after a partition healed: until the next hello of each.
    package var healed: Duration
    /// The same when the two hear each other's announcements only: the longest gap of a burst.
    package var healedUnheard: Duration
    /// Two owners after a pause, a start or a link that came up.
    package var resumed: Duration
    /// Two owners after a loop stood still in the middle of a hand-over: it does not hear its
    /// successor, and its responder answers until the guard closes.
    package var stalled: Duration
    /// A node answers for what its hellos no longer claim: lingering, and 2 ms for its loop.
    package var lingering: Duration
    /// From the last frame of a foreign host until the owner that yielded to it answers again: 60 s,
    /// three probes 200 ms apart, by the slowest clock.
    package var reclaim: Duration
    /// A fault explains what happens so long after its end.
    package var grace: Duration

    package init(_ plan: Plan) {
        let profile = plan.profile.hello
        let worst = plan.faults.filter { $0.verb == .lose }.compactMap(\.amount).max() ?? 0
        let loss = max(plan.lossPerMillion, worst)
        let repeats = loss == 0 ? 0 : loss <= 10_000 ? 1 : 3
        let slack =
            (plan.spikesPerMillion > 0 ? Duration.milliseconds(60) : .zero)
            + plan.lateness * 4
        handOver = .milliseconds(4) + slack + profile.period * repeats
        healed = max(.milliseconds(100), profile.period * 2) + slack + profile.period * repeats
        healedUnheard = healed + .seconds(2)
        resumed = profile.period + .milliseconds(5) + slack + profile.period * repeats
        stalled = Node.guardTime(profile) * 21 / 20 + slack
        lingering = .milliseconds(5) + plan.lateness * 2
        reclaim =
            .milliseconds(60_600) * Int(1_000_000 + plan.clockErrorPerMillion * 11 / 10) / 1_000_000
            + .milliseconds(10) + slack
        grace = profile.detectionTime * 2 + .seconds(2)
    }
}
