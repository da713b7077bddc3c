import Ownership
import Timing

/// Cuts a plan that breaks a rule to the shortest one that still breaks it.
package enum Shrinking {
    /// The plan itself when it breaks nothing.
    package static func shrink(_ plan: Plan, rule: Character) -> Plan {
        var best = plan
        var runs = 0
        var isShorter = true
        while isShorter {
            isShorter = false
            for candidate in simpler(best) {
                runs += 1
                guard runs <= runsMax else { return best }
                guard breaks(candidate, rule) else { continue }
                best = candidate
                isShorter = true
                break
            }
        }
        return best
    }

    /// So many plans are tried at most.
    private static let runsMax = 300

    private static func breaks(_ plan: Plan, _ rule: Character) -> Bool {
        var world = World(plan: plan)
        world.run()
        return world.violations.contains { $0.rule == rule }
    }

    /// Every plan that is one step simpler: a fault less, then calmer, then smaller.
    private static func simpler(_ plan: Plan) -> [Plan] {
        var candidates: [Plan] = []
        func add(_ change: (inout Plan) -> Void) {
            var candidate = plan
            change(&candidate)
            if candidate != plan { candidates.append(candidate) }
        }
        for index in plan.faults.indices { add { $0.faults.remove(at: index) } }
        add { $0.rebalances = false }
        add { $0.onConflict = .defend }
        add { $0.links = usesOneLink(plan) ? 1 : $0.links }
        add { $0.spikesPerMillion = 0 }
        add { $0.duplicatesPerMillion = 0 }
        add { $0.lossPerMillion = 0 }
        add { $0.clockErrorPerMillion = 0 }
        add { $0.bothFamilies = false }
        add { $0.startSpread = Plan().startSpread }
        add { $0.watchDelay = Plan().watchDelay }
        let named = plan.faults.compactMap(\.address).max().map { $0 + 1 } ?? 1
        for count in [plan.addresses / 2, plan.addresses - 1] where count >= named {
            add { $0.addresses = count }
        }
        let befallen = plan.faults.flatMap(\.nodes).max().map { $0 + 1 } ?? 1
        if plan.nodes - 1 >= max(2, befallen) { add { $0.nodes -= 1 } }
        return candidates
    }

    private static func usesOneLink(_ plan: Plan) -> Bool {
        plan.faults.allSatisfy { $0.verb != .unplug || ($0.amount ?? 0) == 0 }
    }
}
