import Addressing
import Timing
import Wire

// Who is alive, and what a node does that hears nobody (rules 3, 4 and 11).
extension Ownership {
    /// A loop that ran late knows nothing of anybody's silence; one that stood still for as long as
    /// others may take to call it dead listens before it answers.
    mutating func noticeLateness(at now: Instant) {
        guard let due = tickDue, now > due + configuration.profile.period else { return }
        let lateness = now - due
        let period = configuration.profile.period
        let until = now + configuration.profile.detectionTime
        outbox.append(.report(.ranLate(by: lateness)))
        let isStall = lateness > period * (configuration.profile.misses - 2)
        if isStall { noteStall(at: now) }
        for index in segments.indices {
            segments[index].becomeUnsure(until: until)
            guard isStall else { continue }
            segments[index].listen(since: now, until: until)
            segments[index].schedule.stopAll()
        }
        tickDue = now
        areAnswersDirty = true
    }

    mutating func judgeMembers(at now: Instant) {
        for index in segments.indices where segments[index].isRunning {
            segments[index].endUnsureness(at: now)
            if segments[index].checkDue.map({ $0 <= now }) ?? false {
                for node in segments[index].members.indices {
                    guard let member = segments[index].members[node], member.isLive else {
                        continue
                    }
                    askAhead(of: node, member, on: index, at: now)
                    judge(node, on: index, at: now)
                }
                segments[index].scheduleCheck(at: now)
            }
            askAgain(index, at: now)
            judgeHearing(index, at: now)
        }
    }

    private mutating func judge(_ node: Int, on index: Int, at now: Instant) {
        switch segments[index].verdict(on: node, at: now) {
        case .alive: break
        case .suspect: suspect(node, on: index)
        case .onlyVoter:
            suspect(node, on: index)
            guard hearsTheWire(index, at: now) else { return askWho(index, at: now) }
            callDead(node, on: index)
        case .dead:
            callDead(node, on: index)
        }
    }

    private mutating func suspect(_ node: Int, on index: Int) {
        guard segments[index].members[node]?.isSuspect == false else { return }
        segments[index].members[node]?.isSuspect = true
        touchClaims(of: node)
        reportMember(node, on: index)
    }

    private mutating func callDead(_ node: Int, on index: Int) {
        segments[index].members[node]?.isLive = false
        segments[index].members[node]?.isSuspect = false
        touchClaims(of: node)
        areTargetsDirty = true
        reportMember(node, on: index)
    }

    /// Before D is over, so that asking costs no time: who is there, and who has the addresses of
    /// the silent node.
    private mutating func askAhead(
        of node: Int, _ member: Member, on index: Int, at now: Instant
    ) {
        let start = member.suspectAt - Segment.askAhead
        guard now >= start, !member.isSuspect, !member.isUnsure,
            member.askedAfter != member.lastHeard,
            segments[index].isOnlyVoter(on: node, at: now)
        else { return }
        segments[index].members[node]?.askedAfter = member.lastHeard
        askWho(index, at: now)
        let link = segments[index].link
        for slot in peers[node].claimed.sorted() where slots[slot].links.contains(link) {
            guard slots[slot].own == nil, slots[slot].facts != nil else { continue }
            ask(slot, at: now)
        }
    }

    /// A frame of another host arrived within D.
    private func hearsTheWire(_ index: Int, at now: Instant) -> Bool {
        segments[index].lastForeignFrame.map {
            now - $0 < configuration.profile.detectionTime
        } ?? false
    }

    /// Provokes frames: asks for the gateways and the peers of the link, once for each silence and
    /// then again after the patience.
    private mutating func askWho(_ index: Int, at now: Instant) {
        let patience = configuration.profile.detectionTime
        if let asked = segments[index].askedAt, now - asked < patience - Segment.askAhead { return }
        segments[index].askedAt = now
        provoke(index)
    }

    private mutating func provoke(_ index: Int) {
        let link = segments[index].link
        let gateways = linkTable.routes.filter { $0.linkIndex == link }.compactMap(\.gateway)
        for address in Set(gateways + segments[index].targets).sorted() {
            outbox.append(.askWire(address, link: link))
        }
    }

    /// A node that hears no peer, where there should be some, asks who is there; without any frame
    /// in return it is deaf: it accuses nobody, claims nothing and keeps what it has.
    private mutating func judgeHearing(_ index: Int, at now: Instant) {
        guard segments[index].isAlone, arePeersKnown(index), gate.hasListened(at: now) else {
            return setDeaf(index, false)
        }
        let asked = segments[index].askedAt
        let heard = segments[index].lastForeignFrame
        if hearsTheWire(index, at: now) {
            setDeaf(index, false)
        } else if let asked, heard.map({ $0 < asked }) ?? true, now - asked >= Segment.askAhead {
            setDeaf(index, true)
        }
        let isDeciding = !slots.ordered.allSatisfy { slots[$0].freeSince == nil }
        let patience = isDeciding ? configuration.profile.detectionTime : Self.idlePatience
        if let last = later(asked, heard), now - last < patience - Segment.askAhead { return }
        askWho(index, at: now)
    }

    /// A few lost questions or answers make nobody deaf: whoever says that it is loses all to a node
    /// that may itself be mute.
    private mutating func askAgain(_ index: Int, at now: Instant) {
        guard let due = segments[index].nextQuestion, due <= now else { return }
        segments[index].repeatedAt = now
        provoke(index)
    }

    /// How often a node that hears no peer asks who is there while it has nothing to decide.
    static let idlePatience: Duration = .seconds(1)

    mutating func setDeaf(_ index: Int, _ isDeaf: Bool) {
        guard segments[index].isDeaf != isDeaf else { return }
        segments[index].isDeaf = isDeaf
        isAllDirty = true
        outbox.append(.report(.deafChanged(link: segments[index].link, isDeaf: isDeaf)))
        guard !isDeaf else { return }
        // Others may have taken what is free, and are not heard yet; or have announced what is
        // held, and are gone before they could be heard.
        let until = lastTurn + configuration.profile.detectionTime
        segments[index].holdsUntil = later(segments[index].holdsUntil, until)
        announceAll(on: index, at: lastTurn)
    }

    /// Somebody else should be on the link: by Node objects, configuration or earlier hellos.
    private func arePeersKnown(_ index: Int) -> Bool {
        !segments[index].targets.isEmpty
            || segments[index].members.contains { $0.map { !$0.hasLeft } ?? false }
    }

    /// When the wire is to be asked again before the address may be claimed; nil: claim.
    ///
    /// Only a node that hears no peer asks: whoever answers has the address.
    mutating func awaitsWire(_ slot: Int, at now: Instant) -> Instant? {
        let links = slots[slot].links
        let ready = segments.indices.filter {
            segments[$0].isReady && links.contains(segments[$0].link)
        }
        guard ready.allSatisfy({ segments[$0].isAlone }), mayHaveUnheardPeers else { return nil }
        let patience = configuration.profile.detectionTime
        let answering = ready.filter { arePeersKnown($0) }
        guard answering.isEmpty || answering.contains(where: { hearsTheWire($0, at: now) }) else {
            for index in ready { askWho(index, at: now) }
            return now + Segment.askAhead
        }
        let question = slots[slot].wire
        guard let asked = question.askedAt, now - asked < patience else {
            ask(slot, at: now)
            return now + Segment.askAhead
        }
        if let answered = question.answeredAt, answered >= asked { return asked + patience }
        return now < asked + Segment.askAhead ? asked + Segment.askAhead : nil
    }

    /// Peers are known on some link, or the view is of an earlier day and may lack them.
    private var mayHaveUnheardPeers: Bool {
        !view.isFresh || segments.indices.contains { arePeersKnown($0) }
    }

    private mutating func ask(_ slot: Int, at now: Instant) {
        slots[slot].wire.askedAt = now
        for segment in segments
        where segment.isRunning && slots[slot].links.contains(segment.link) {
            outbox.append(.askWire(slots[slot].address, link: segment.link))
        }
    }

    func isStrong(_ slot: Int, at now: Instant) -> Bool {
        segments.indices.contains {
            segments[$0].isReady && slots[slot].links.contains(segments[$0].link)
                && segments[$0].hearsMost(at: now) && !hasMetNobody($0)
                && !segments[$0].mayMissClaims(at: now)
        }
    }

    /// There should be peers, and none was heard since the start: they may all be on the other side
    /// of whatever is cut.
    private func hasMetNobody(_ index: Int) -> Bool {
        mayHaveUnheardPeers && !segments[index].hasMembers
    }

    // Whom the start waits for (rule 7).

    private var livePeers: [Int] {
        nodes.peerIndexes.filter { node in segments.contains { $0.isHeard(node) } }
    }

    var areTablesComplete: Bool {
        livePeers.allSatisfy { peers[$0].isTableComplete && peers[$0].echoesUs }
    }

    var isPeerStarting: Bool {
        livePeers.contains { peers[$0].flags.contains(.starting) }
    }

    /// A peer could take over what this node gives away.
    var hasSuccessor: Bool {
        livePeers.contains { peers[$0].isServing }
    }

    mutating func reportMember(_ node: Int, on index: Int) {
        guard let status = memberStatus(node, on: index) else { return }
        outbox.append(.report(.memberChanged(status)))
    }

    /// Every node that was heard, by name, one row a link.
    package func memberStatuses() -> [MemberStatus] {
        segments.indices.flatMap { index in
            nodes.peerIndexes.compactMap { memberStatus($0, on: index) }
        }.sorted { ($0.node, $0.link) < ($1.node, $1.link) }
    }

    private func memberStatus(_ node: Int, on index: Int) -> MemberStatus? {
        guard let member = segments[index].member(node) else { return nil }
        let isLeaving = member.hasLeft || peers[node].flags.contains(.leaving)
        let state: MemberState =
            !member.isLive && !member.hasLeft
            ? .dead : isLeaving ? .leaving : member.isSuspect ? .suspect : .alive
        let pools = peers[node].poolSetHash
        return MemberStatus(
            node: nodes.names[node], state: state, link: segments[index].link,
            lastHeard: member.lastHeard, addresses: Int(peers[node].held.count),
            poolsDiffer: pools != 0 && configuration.poolSetHash != 0
                && pools != configuration.poolSetHash,
            isUnheard: peers[node].flags.contains(.unheard))
    }
}
