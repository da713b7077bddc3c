import Addressing
import Ownership

// What was found by asking the wire.
extension Reconciler {
    /// Addresses named one by one; of more their number is said.
    static let alarmsNamedMax = 10

    var wireProblems: [String] {
        var problems: [String] = []
        if segment.isUnheard {
            problems.append(
                "Other nodes hear no answer from \(configuration.node) on the wire, so what they could "
                    + "not reach went to others: look at its firewall, switch port and bridge.")
        }
        for member in segment.members.values.sorted(by: { $0.node < $1.node })
        where member.isUnheard && member.state != .dead {
            problems.append(
                "Node \(member.node) says hello, but several nodes heard no answer from it on the wire."
            )
        }
        return problems + alarmProblems
    }

    private var alarmProblems: [String] {
        let alarms = segment.alarms.sorted { $0.key < $1.key }
        let named = alarms.prefix(Self.alarmsNamedMax).map { address, alarm in
            alarm.sentence(address, owner: segment.addresses[address]?.status.owner)
        }
        let rest = alarms.count - named.count
        return named + (rest > 0 ? ["\(rest) more addresses differ on the wire."] : [])
    }
}
