import Addressing
import Timing
import Wire

// Asking the wire for what others own, and comparing who answers with who should.
extension Ownership {
    /// The same node asks for an address in so many rounds, and then another one does: whatever the
    /// one cannot see, the next may.
    static let roundsPerAsker = 4
    /// A claim younger than this is not asked for: it is still being announced.
    static let claimAgeMin: Duration = .seconds(2)
    /// Questions to others that prove this node's ears, for each address that nobody answers for.
    static let witnessesMax = 3

    mutating func checkWire(at now: Instant) {
        endBeingUnheard(at: now)
        guard gate.isOpen, view.isLoaded, leavingSince == nil else { return wireTruth.dropAll() }
        for position in wireTruth.looks(among: slots.ordered.count, at: now) {
            let slot = slots.ordered[position]
            guard let question = question(slot, at: now), isAsker(question) else { continue }
            ask(question, at: now)
        }
        for known in findings.questionsAgain(at: now) { ask(known, at: now) }
        guard let due = wireTruth.nextDue, due <= now else { return }
        for question in wireTruth.questionsDue(at: now)
        where self.question(question.slot, at: now) != question {
            wireTruth.drop(question.slot)
            withdrawFinding(question.slot, at: now)
        }
        for step in wireTruth.advance(at: now) {
            switch step {
            case .ask(let question): send(question)
            case .askOthers(let question): askWitnesses(question)
            case .found(let question, let verdict):
                if findings.take(question, verdict, at: now) { owesHello = true }
                reportAlarm(question.slot, at: now)
            case .unjudged(let question): withdrawFinding(question.slot, at: now)
            }
        }
    }

    /// This node may not hear, or can not ask any more.
    private mutating func withdrawFinding(_ slot: Int, at now: Instant) {
        if findings.withdraw(slot) { owesHello = true }
        reportAlarm(slot, at: now)
    }

    /// What would be asked for the address now; nil when there is nothing to compare an answer with.
    func question(_ slot: Int, at now: Instant) -> WireTruth.Question? {
        guard let status = slots[slot].status, case .announced = status.state,
            let owner = status.owner.flatMap(nodes.index(of:)),
            owner != NodeDirectory.ownIndex, now - status.since >= Self.claimAgeMin,
            askingSegment(slot, owner: owner) != nil
        else { return nil }
        return .init(
            slot: slot, address: slots[slot].address, owner: owner, epoch: status.epoch)
    }

    /// A link of the address on which this node may ask and hears the owner.
    private func askingSegment(_ slot: Int, owner: Int) -> Int? {
        segments.indices.first { index in
            segments[index].isReady && !segments[index].isDeaf && segments[index].isHeard(owner)
                && slots[slot].links.contains(segments[index].link)
        }
    }

    mutating func ask(_ question: WireTruth.Question, at now: Instant) {
        guard wireTruth.interval != nil, wireTruth.begin(question, at: now) else { return }
        send(question)
    }

    private mutating func send(_ question: WireTruth.Question) {
        for segment in segments
        where segment.isReady && slots[question.slot].links.contains(segment.link) {
            outbox.append(.askWire(question.address, link: segment.link))
        }
    }

    /// Gateways, other nodes and what those own: one of them answers, or it is this node that does
    /// not hear. Those of the same family, unless there is none.
    private mutating func askWitnesses(_ question: WireTruth.Question) {
        guard let index = askingSegment(question.slot, owner: question.owner) else { return }
        let all = witnesses(question, on: index)
        let alike = all.filter { $0.family == question.address.family }
        if alike.isEmpty { wireTruth.acceptAnyFamily(question.slot) }
        for address in (alike.isEmpty ? all : alike).prefix(Self.witnessesMax) {
            outbox.append(.askWire(address, link: segments[index].link))
        }
    }

    private func witnesses(_ question: WireTruth.Question, on index: Int) -> [IPAddress] {
        let segment = segments[index]
        let gateways = linkTable.routes.filter { $0.linkIndex == segment.link }
            .compactMap(\.gateway)
        let members = nodes.peerIndexes.filter { segment.isHeard($0) && $0 != question.owner }
        let own = segment.interfaceAddresses
        let near = members.flatMap { peers[$0].addresses + peers[$0].nodeAddresses }
            .filter { address in own.contains { $0.prefix.contains(address) } }
        let owned = members.compactMap { node in
            peers[node].claimed.filter {
                slots[$0].address.family == question.address.family
                    && slots[$0].links.contains(segment.link)
            }.min().map { slots[$0].address }
        }
        return Set(gateways + near).sorted() + owned
    }

    // Whose turn it is.

    /// The address's turn is told by its owner's hellos, the one clock that all nodes hear: none
    /// compares another's time with its own.
    private func isAsker(_ question: WireTruth.Question) -> Bool {
        guard let interval = wireTruth.interval,
            let index = askingSegment(question.slot, owner: question.owner),
            let owner = segments[index].member(question.owner)
        else { return false }
        let round = interval.nanoseconds / owner.profile.period.nanoseconds
        let hellos = UInt64(max(1, round)) * UInt64(Self.roundsPerAsker)
        let offset = slots[question.slot].hash % hellos
        let turn = (peers[question.owner].newestSequence &+ offset) / hellos
        return askerRank(question, on: index, turn: turn) == 0
    }

    /// How many nodes come before this one, of those that may ask; nil when it may not itself.
    private func askerRank(
        _ question: WireTruth.Question, on index: Int, turn: UInt64
    ) -> Int? {
        guard unheardUntil == nil else { return nil }
        let hash = StableHash.mixed(slots[question.slot].hash &+ turn)
        let own = StableHash.rendezvous(
            address: hash, node: nodes.tags[NodeDirectory.ownIndex])
        return nodes.peerIndexes.count { node in
            node != question.owner && mayAsk(node, on: index)
                && StableHash.rendezvous(address: hash, node: nodes.tags[node]) > own
        }
    }

    private func mayAsk(_ node: Int, on index: Int) -> Bool {
        guard let member = segments[index].member(node), member.isHeard, !member.isDeaf else {
            return false
        }
        return peers[node].flags.isDisjoint(with: [.starting, .leaving, .goodbye, .unheard])
    }

    /// A peer tells what it found about an address that it does not own.
    mutating func takeFinding(_ finding: Hello.Finding, of node: Int, at now: Instant) {
        guard let slot = slots.number(of: finding.address) else { return }
        let isNews = findings.hear(
            slot,
            .init(node: node, epoch: finding.epoch, isAnswered: finding.isAnswered, at: now))
        guard slots[slot].own == nil else {
            if isNews { dirtySlots.append(slot) }
            return
        }
        guard !finding.isAnswered, let question = question(slot, at: now),
            question.epoch == finding.epoch, question.owner != node,
            let index = askingSegment(slot, owner: question.owner),
            let rank = askerRank(question, on: index, turn: 0),
            rank < WireFindings.confirmersMax, findings.own[slot]?.verdict != .nobody,
            findings.confirms(slot, finding.epoch, at: now)
        else { return }
        ask(question, at: now)
    }

    // Answers.

    mutating func noteAnswer(_ address: IPAddress, _ frame: NeighborFrame) {
        guard wireTruth.nextDue != nil, frame.isAnswer else { return }
        let sender = node(of: frame.senderLinkAddress)
        if let slot = slots.number(of: address), let question = wireTruth.question(slot) {
            wireTruth.hear(
                slot,
                from: sender.map { $0 == question.owner ? .owner : .node($0) }
                    ?? .foreign(frame.senderLinkAddress))
        }
        wireTruth.proveEars(address.family, by: sender)
    }

    private func node(of address: LinkAddress) -> Int? {
        nodes.peerIndexes.first { node in
            segments.contains { $0.member(node)?.linkAddress == address }
        }
    }
}
