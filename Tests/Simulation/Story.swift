import Ownership
import Wire

/// A run told as a story: time, what happened, and who owns what then.
///
/// What one node does to several addresses within two milliseconds is one line.
package struct Story: Sendable {
    private struct Line: Sendable {
        let at: Moment
        let subject: String
        var addresses: [Int] = []
    }

    private let plan: Plan
    private var told: [String] = []
    private var open: [Line] = []
    private var lastOwners = ""

    /// How long a line waits for more addresses.
    private static let window: Int64 = 2_000_000
    private static let addressesShownMax = 8

    package init(plan: Plan) {
        self.plan = plan
    }

    package var lines: [String] { told }

    mutating func take(_ observation: Observation, _ ledger: Ledger) {
        if let first = open.first, ledger.now.nanoseconds - first.at.nanoseconds > Self.window {
            flush()
        }
        let now = ledger.now
        switch observation {
        case .started(let node): say("\(plan.name(node)) starts", nil, now)
        case .ended(let node): say("\(plan.name(node)) is no more", nil, now)
        case .answerBegan(let node, let address):
            say("\(plan.name(node)) answers for", address, now)
        case .answerCeased(let node, let address):
            say("\(plan.name(node)) no longer answers for", address, now)
        case .claimStated(let node, let claim, let address, _):
            let strength = claim.isStrong ? "" : " weak"
            let verb =
                claim.isOffered ? "offers" : claim.isWithheld ? "withholds" : "claims"
            say("\(plan.name(node)) \(verb), epoch \(claim.epoch)\(strength),", address, now)
        case .claimDropped, .announced, .pointed, .told, .connectivityChanged, .foreignHeard:
            break
        case .unanswered(let address, let askedAt):
            say("nobody answered a client that asked at \(askedAt) for", address, now)
        case .reported(let node, let report): tell(report, of: node, now)
        case .factChanged(let fact): tell(fact, now)
        case .faultBegan(let fault):
            showOwners(ledger)
            flush()
            told.append("\(stamp(now))  *** \(text(fault))")
        case .faultEnded(let fault) where fault.lasts != nil:
            showOwners(ledger)
            flush()
            told.append("\(stamp(now))  *** over: \(text(fault))")
        case .faultEnded: break
        case .reached(let stage):
            guard stage != .quiet, stage != .balanced || plan.balanced > plan.settled else {
                return
            }
            flush()
            told.append("\(stamp(now))  --- \(stage)")
            showOwners(ledger)
        }
    }

    private mutating func tell(_ report: OwnershipReport, of node: Int, _ now: Moment) {
        let name = plan.name(node)
        switch report {
        case .memberChanged(let status) where status.state != .alive:
            say("\(name): \(status.node) is \(status.state.rawValue)", nil, now)
        case .conflict(let address, let foreign, _, let isDefended):
            let act = isDefended ? "defends" : "finds a conflict on"
            say("\(name) \(act) (\(foreign) uses it)", Names.index(of: address), now)
        case .deafChanged(_, let isDeaf):
            say("\(name) \(isDeaf ? "is deaf" : "hears again")", nil, now)
        case .duplicateName(let isDuplicate):
            let verb =
                isDuplicate ? "finds its name used by another" : "has its name to itself again"
            say("\(name) \(verb)", nil, now)
        case .unsteady(let isUnsteady):
            say("\(name) is \(isUnsteady ? "short of time" : "steady again")", nil, now)
        case .wireAlarm(let address, let alarm):
            let found = alarm.map { "finds \($0.name) on" } ?? "finds right again"
            say("\(name) \(found)", Names.index(of: address), now)
        case .unheard(let isUnheard):
            say(
                "\(name) \(isUnheard ? "is not heard on the wire" : "may be heard again")", nil, now
            )
        case .ownNodeMissing(let isMissing):
            say("\(name) \(isMissing ? "misses" : "sees") its Node object", nil, now)
        case .keptForLackOfSuccessor(let address):
            say("\(name) keeps, for nobody comes,", Names.index(of: address), now)
        case .everyNodeExcluded, .ranLate, .probeFinished, .addressForgotten, .addressChanged,
            .memberChanged:
            break
        }
    }

    private mutating func tell(_ fact: APIServer.Fact, _ now: Moment) {
        switch fact {
        case .address(let number, let allowed?):
            let names = allowed.map(plan.name).joined(separator: ", ")
            say("the API lets only \(names) hold", number, now)
        case .address(let number, nil): say("the API lets every node hold", number, now)
        case .addressRemoved(let number): say("the API has no more", number, now)
        case .nodeObject(let node, let exists):
            say("the API has \(exists ? "a" : "no") Node \(plan.name(node))", nil, now)
        }
    }

    private mutating func say(_ subject: String, _ address: Int?, _ now: Moment) {
        if let address, let index = open.firstIndex(where: { $0.subject == subject }) {
            open[index].addresses.append(address)
            return
        }
        open.append(Line(at: now, subject: subject, addresses: address.map { [$0] } ?? []))
    }

    private mutating func flush() {
        for line in open {
            let addresses = line.addresses.isEmpty ? "" : " \(list(line.addresses))"
            told.append("\(stamp(line.at))  \(line.subject)\(addresses)")
        }
        open.removeAll()
    }

    private func list(_ addresses: [Int]) -> String {
        let sorted = Set(addresses).sorted()
        guard sorted.count > Self.addressesShownMax else {
            return sorted.map(plan.text).joined(separator: ", ")
        }
        return "\(sorted.count) addresses"
    }

    /// Right-aligned seconds.
    private func stamp(_ moment: Moment) -> String {
        let text = moment.description
        return String(repeating: " ", count: max(0, 8 - text.count)) + text
    }

    private func text(_ fault: Fault) -> String {
        plan.text(fault).split(separator: " ").dropFirst().joined(separator: " ")
    }

    private mutating func showOwners(_ ledger: Ledger) {
        flush()
        var held = Array(repeating: [Int](), count: ledger.nodeCount)
        for (address, standings) in ledger.answering.enumerated() {
            for standing in standings { held[standing.node].append(address) }
        }
        let unowned = ledger.truth.indices.filter {
            ledger.truth[$0] != nil && ledger.answering[$0].isEmpty
        }
        var parts = held.indices.filter { !held[$0].isEmpty }.map {
            "\(plan.name($0)): \(list(held[$0]))"
        }
        if !unowned.isEmpty { parts.append("nobody: \(list(unowned))") }
        let owners = parts.joined(separator: " | ")
        guard owners != lastOwners else { return }
        lastOwners = owners
        told.append("          owners  \(owners)")
    }
}
