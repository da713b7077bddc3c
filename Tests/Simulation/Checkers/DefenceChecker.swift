import Ownership
import Timing

/// (n) An address is defended at most once in 10 s by one node, and only under `onConflict: defend`
/// (RFC 5227 §2.4).
///
/// A defence is an announcement at the very moment at which the node reads a frame of the foreign
/// host, unless a burst of announcements is under way, one of which may be due then.
package struct DefenceChecker: Checker {
    private struct Key: Hashable {
        let node: Int
        let address: Int
    }

    private var heard: [Key: Moment] = [:]
    private var defended: [Key: Moment] = [:]
    /// When the node last announced the address for another reason.
    private var announced: [Key: Moment] = [:]

    /// DEFEND_INTERVAL (RFC 5227 §1.1).
    private static let interval: Duration = .seconds(10)
    /// The longest pause within a burst is 2 s.
    private static let burstPause: Duration = .milliseconds(2_100)

    package init() {}

    package mutating func observe(
        _ observation: Observation, in ledger: Ledger
    ) -> [Violation] {
        switch observation {
        case .foreignHeard(let node, let address):
            heard[Key(node: node, address: address)] = ledger.now
        case .started(let node):
            defended = defended.filter { $0.key.node != node }
        case .announced(let node, let address):
            return announcement(Key(node: node, address: address), ledger)
        default: break
        }
        return []
    }

    private mutating func announcement(_ key: Key, _ ledger: Ledger) -> [Violation] {
        guard heard[key] == ledger.now else {
            announced[key] = ledger.now
            return []
        }
        if let last = announced[key], ledger.now <= last + Self.burstPause { return [] }
        let before = defended[key]
        defended[key] = ledger.now
        guard ledger.plan.onConflict == .defend else {
            return [wrong(key, "is defended under another policy", ledger)]
        }
        guard let before, ledger.now < before + shortest(ledger) else { return [] }
        return [wrong(key, "is defended twice, first at \(before)", ledger)]
    }

    /// By the fastest clock; a frame that arrives twice at one moment is answered once.
    private func shortest(_ ledger: Ledger) -> Duration {
        Self.interval * Int(1_000_000 - ledger.plan.clockErrorPerMillion) / 1_000_000
            - .milliseconds(1)
    }

    private func wrong(_ key: Key, _ reason: String, _ ledger: Ledger) -> Violation {
        ledger.violation("n", address: key.address, nodes: [key.node], reason)
    }
}
