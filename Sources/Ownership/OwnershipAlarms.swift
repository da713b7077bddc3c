import Addressing
import Timing
import Wire

// What follows from findings: alarms, and a hand-over by an owner that others do not hear.
extension Ownership {
    /// Rounds for which a node that gave an address away unheard is given none that another may
    /// have, and for which an address that moved for this is not moved for it again: if its
    /// new owner is not heard either, it is not the owner.
    static let roundsPaused = 10

    /// For so long.
    var unheardPause: Duration { (wireTruth.interval ?? .seconds(60)) * Self.roundsPaused }

    /// Others do not hear this node answer for the address, and somebody else may have it.
    func isToBePassedOn(_ slot: Int, at now: Instant) -> Bool {
        guard let own = slots[slot].own, findings.isUnheard(slot, own.epoch, at: now) else {
            return false
        }
        if slots[slot].wire.keptUntil.map({ now < $0 }) ?? false { return false }
        return hasSteadyCandidate(slot)
    }

    /// The address was given away for this, and peers learn that this node is not heard.
    mutating func noteUnheard(at now: Instant) {
        let isNews = unheardUntil == nil
        unheardUntil = now + unheardPause
        guard isNews else { return }
        isPlanDirty = true
        owesHello = true
        outbox.append(.report(.unheard(true)))
    }

    mutating func endBeingUnheard(at now: Instant) {
        guard let until = unheardUntil, until <= now else { return }
        unheardUntil = nil
        isAllDirty = true
        outbox.append(.report(.unheard(false)))
    }

    /// An own claim of which others told: shown while they do, and looked at again when they
    /// may have ceased to.
    mutating func watchFindings(_ slot: Int, at now: Instant) {
        reportAlarm(slot, at: now)
        guard slots[slot].wire.alarm != nil else { return }
        wakes.add(slot, at: now + WireFindings.toldMemory)
    }

    /// This node takes over what another gave away unheard.
    mutating func noteTakenFromUnheard(_ slot: Int, at now: Instant) {
        let givers = slots[slot].rivals.filter {
            $0.claim.isOffered && peers[$0.node].flags.contains(.unheard)
        }
        slots[slot].wire.keptUntil = givers.isEmpty ? nil : now + unheardPause
    }

    /// What was found about the claim before is void.
    mutating func noteOwnerChange(_ slot: Int, at now: Instant) {
        wireTruth.drop(slot)
        findings.forget(slot)
        reportAlarm(slot, at: now)
    }

    /// Reports the alarm of the address when it changed.
    mutating func reportAlarm(_ slot: Int, at now: Instant) {
        let alarm = alarm(slot, at: now)
        guard slots[slot].wire.alarm != alarm else { return }
        slots[slot].wire.alarm = alarm
        outbox.append(.report(.wireAlarm(slots[slot].address, alarm)))
    }

    private func alarm(_ slot: Int, at now: Instant) -> WireAlarm? {
        if let own = slots[slot].own {
            let accusers = findings.accusers(slot, own.epoch, at: now)
            return accusers.isEmpty ? nil : .unheard(accusers.map { nodes.names[$0] }.sorted())
        }
        guard let finding = findings.own[slot] else { return nil }
        switch finding.verdict {
        case .right: return nil
        case .nobody: return .nobodyAnswered
        case .several(let answerers):
            return severalAnswered(answerers, finding.question)
        case .other(.foreign(let address)): return .foreignAnswered(address)
        case .other(.node(let node)): return .wrongNodeAnswered(nodes.names[node])
        case .other(.owner): preconditionFailure("\(finding.question) was answered by its owner")
        }
    }

    private func severalAnswered(
        _ answerers: [WireTruth.Answerer], _ question: WireTruth.Question
    ) -> WireAlarm {
        var nodes: [LinkAddress] = []
        var foreign: [LinkAddress] = []
        for answerer in answerers {
            switch answerer {
            case .foreign(let address): foreign.append(address)
            case .owner: nodes += linkAddress(question.owner)
            case .node(let index): nodes += linkAddress(index)
            }
        }
        return .severalAnswered(nodes: nodes.sorted(), foreign: foreign.sorted())
    }

    /// Empty for a node that is not heard any more.
    private func linkAddress(_ node: Int) -> [LinkAddress] {
        Array(segments.lazy.compactMap { $0.member(node)?.linkAddress }.prefix(1))
    }
}
