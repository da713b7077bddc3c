import Ownership
import Timing

/// What one hello costs: the real time that `handle` takes in a world of 100 nodes and 1,000
/// addresses in which nothing happens.
package enum HandleCost {
    package static let nodes = 100
    package static let addresses = 1_000

    /// Nanoseconds, on the first node, once all have started.
    package static func measure() -> Distribution {
        var plan = Plan()
        plan.nodes = nodes
        plan.addresses = addresses
        plan.end = plan.started + .seconds(2)
        var world = World(plan: plan, checkers: [])
        world.handleTimes = Distribution()
        world.run()
        return world.handleTimes ?? Distribution()
    }
}

extension World {
    func measuresHandle(of event: OwnershipEvent, at index: Int) -> Bool {
        guard handleTimes != nil, index == 0, now > plan.started + .seconds(1),
            case .helloReceived = event
        else { return false }
        return true
    }
}
