import Glibc
import Ownership
import Timing

/// What one turn costs: the processor time that `handle` takes in a world of 100 nodes and 1,000
/// addresses.
package enum HandleCost {
    package static let nodes = 100
    package static let addresses = 1_000
    package static let deaths = 3

    /// Which turns are timed.
    enum Watch: Hashable, Sendable {
        /// Hellos at the first node, once all have started.
        case hellos
        /// Everything at every node from a moment on.
        case allTurns(from: Moment)
    }

    /// Nanoseconds a hello, while nothing happens.
    package static func measure() -> Distribution {
        var plan = Plan()
        plan.nodes = nodes
        plan.addresses = addresses
        plan.wireTruth = OwnershipConfiguration.wireTruthIntervalDefault
        // Claims are asked for once they are 2 s old.
        plan.end = plan.started + .seconds(4)
        return measure(.hellos, plan)
    }

    /// Nanoseconds a turn, whatever it is for, within a second from the death of several nodes.
    package static func measureDeaths() -> Distribution {
        var plan = Plan()
        plan.nodes = nodes
        plan.addresses = addresses
        plan.wireTruth = OwnershipConfiguration.wireTruthIntervalDefault
        let at = plan.started + .seconds(1)
        plan.faults = [Fault(at: at, .kill, nodes: Array(0..<deaths))]
        plan.end = at + .seconds(1)
        return measure(.allTurns(from: at), plan)
    }

    /// The world is the same each time: what a turn costs is the least that it cost, without what
    /// the host did meanwhile.
    private static func measure(_ watch: Watch, _ plan: Plan) -> Distribution {
        let times = (0..<runs).map { _ in
            var world = World(plan: plan, checkers: [])
            world.handleWatch = watch
            world.run()
            return world.handleTimes.values
        }
        var least = Distribution()
        for turn in times.map(\.count).min().map({ 0..<$0 }) ?? 0..<0 {
            least.record(times.map { $0[turn] }.min() ?? 0)
        }
        return least
    }

    private static let runs = 3

    /// Processor time of this thread in nanoseconds.
    static func clock() -> Int64 {
        var time = timespec()
        guard clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time) == 0 else {
            preconditionFailure("clock_gettime: errno \(errno)")
        }
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}

extension World {
    func measuresHandle(of event: OwnershipEvent, at index: Int) -> Bool {
        switch handleWatch {
        case nil: return false
        case .allTurns(let from): return now >= from
        case .hellos:
            guard index == 0, now > plan.started + .seconds(1), case .helloReceived = event else {
                return false
            }
            return true
        }
    }
}
