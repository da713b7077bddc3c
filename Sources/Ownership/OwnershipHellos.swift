import Addressing
import Timing
import Wire

// What peers say.
extension Ownership {
    mutating func takeHello(
        _ hello: Hello, link: Int32, source: IPAddress, received: Instant, at now: Instant
    ) {
        guard let index = segmentIndex(link), segments[index].isRunning else { return }
        guard hello.node != configuration.node else {
            guard !isOwnAddress(source), !isOwn(hello.linkAddress) else { return }
            return noteNamesake(hello.incarnation, isHeardItself: true, at: now)
        }
        let node = demandNode(hello.node)
        guard hello.incarnation >= peers[node].incarnation,
            !segments[index].isReplay(hello, of: node)
        else {
            guard wasOvertaken(hello, of: node) else {
                refusals[.replayed, default: 0] += 1
                return
            }
            takeClaims(hello, of: node, at: now)
            return noteTable(of: node, at: now)
        }
        let formerSource = segments[index].member(node)?.source
        let wasAlone = segments[index].isAlone
        let wasDead = segments[index].member(node).map { !$0.isLive && !$0.hasLeft } ?? false
        let wasSuspect = segments[index].member(node)?.isSuspect ?? false
        let hasLivedUnheard = segments[index].hasLivedUnheard(hello, node)
        let hearing = segments[index].hear(
            hello, of: node, from: source, at: min(received, now))
        if source != formerSource { areTargetsDirty = true }
        if segments[index].isDeaf { setDeaf(index, false) }
        renew(node, hello.incarnation)
        takeHeard(hello, of: node, on: index, at: now)
        guard !hello.flags.contains(.goodbye) else { return takeGoodbye(node, at: now) }
        // Two links may swap two hellos: what is not about the link is taken from the newest only.
        let isNewest = hello.sequence > peers[node].newestSequence
        if isNewest { takeFacts(hello, of: node, on: index) }
        if hearing == .returned || hearing == .late || (hearing == .new && wasAlone) {
            hold(index, hello.profile, at: now)
        }
        welcome(node, hearing, on: index)
        if wasSuspect, hearing != .new { clear(node, on: index) }
        if wasDead || hasLivedUnheard { announceAll(on: index, at: now) }
        guard isNewest else { return }
        peers[node].newestSequence = hello.sequence
        takeClaims(hello, of: node, at: now)
        takeRecords(hello, of: node, at: now)
        noteTable(of: node, at: now)
    }

    /// One of several hellos that hold a table of claims, which a later one overtook on the way: it
    /// states the same table, and what of it is not known yet. It says nothing else that counts.
    private func wasOvertaken(_ hello: Hello, of node: Int) -> Bool {
        let peer = peers[node]
        return hello.incarnation == peer.incarnation && !peer.isTableComplete
            && hello.sequence + Self.overtakenMax > peer.newestSequence
            && hello.claimCount == peer.statedCount && hello.claimDigest == peer.statedDigest
    }

    /// Hellos by which another may be late and still be of use: more than hold 4,000 claims.
    package static let overtakenMax: UInt64 = 64

    /// What a peer claims at once may take several hellos: whoever plans on half of it plans amiss.
    private mutating func noteTable(of node: Int, at now: Instant) {
        if peers[node].isTableComplete {
            if peers[node].incompleteSince != nil { isPlanDirty = true }
            peers[node].incompleteSince = nil
        } else if peers[node].incompleteSince == nil {
            peers[node].incompleteSince = now
        }
    }

    /// A new incarnation voids the claims of the old one.
    private mutating func renew(_ node: Int, _ incarnation: UInt32) {
        guard incarnation > peers[node].incarnation else { return }
        forgetClaims(of: node)
        peers[node].incarnation = incarnation
        peers[node].newestSequence = 0
        peers[node].echoesUs = false
    }

    private mutating func takeHeard(
        _ hello: Hello, of node: Int, on index: Int, at now: Instant
    ) {
        guard var member = segments[index].members[node] else { return }
        var opinions: [Member.Opinion] = []
        swap(&opinions, &segments[index].opinions[node])
        member.hearsMore = false
        for heard in hello.heard {
            let known = nodes.index(tag: heard.nodeTag)
            if known != NodeDirectory.ownIndex, heard.isHeard(within: member.profile),
                !(known.map { segments[index].isHeard($0) } ?? false)
            {
                member.hearsMore = true
            }
            guard let about = known else { continue }
            guard about != NodeDirectory.ownIndex else {
                takeEcho(heard, of: node, at: now)
                takeAnswer(heard, in: hello, of: node, &member, on: index, at: now)
                continue
            }
            while opinions.count <= about { opinions.append(.init()) }
            opinions[about] = .init(
                age: heard.ageMilliseconds.map { .milliseconds(Int64($0)) },
                incarnation: heard.incarnation, saidAt: member.lastHeard)
        }
        let isDeaf = hello.flags.contains(.deaf) && hello.hearsNobody(within: member.profile)
        if member.isDeaf != isDeaf { touchClaims(of: node) }
        member.isDeaf = isDeaf
        member.abstains = hello.flags.contains(.late)
        segments[index].members[node] = member
        segments[index].opinions[node] = opinions
    }

    /// How long ago the peer heard this node.
    private mutating func takeAnswer(
        _ heard: Hello.Heard, in hello: Hello, of node: Int, _ member: inout Member,
        on index: Int, at now: Instant
    ) {
        guard heard.incarnation == incarnation, let milliseconds = heard.ageMilliseconds else {
            return
        }
        let age = Duration.milliseconds(Int64(milliseconds))
        segments[index].takeAnswer(of: node, age: age, at: member.lastHeard)
        member.knowsUs = true
        let hearsUs = age < configuration.profile.detectionTime
        if hearsUs != member.hearsUs {
            isPlanDirty = true
            // Whoever hears others but not this node may have called it dead: what was heard of
            // them until now may be as old. A peer whose own ears fail is no reason to wait.
            if !hearsUs, hello.hearsFreshly(otherThan: heard) {
                hold(index, member.profile, at: now)
            }
        }
        member.hearsUs = hearsUs
        member.hearsUsFreshly = age <= configuration.profile.freshTime
    }

    private mutating func takeEcho(_ heard: Hello.Heard, of node: Int, at now: Instant) {
        if heard.incarnation == incarnation, !peers[node].echoesUs {
            peers[node].echoesUs = true
            touchClaims(of: node)
        } else if heard.incarnation > incarnation {
            noteNamesake(heard.incarnation, isHeardItself: false, at: now)
        }
    }

    private mutating func takeGoodbye(_ node: Int, at now: Instant) {
        for index in segments.indices where segments[index].member(node) != nil {
            segments[index].members[node]?.isLive = false
            segments[index].members[node]?.hasLeft = true
            segments[index].members[node]?.isSuspect = false
            reportMember(node, on: index)
        }
        peers[node].flags.insert([.leaving, .goodbye])
        forgetClaims(of: node)
        isPlanDirty = true
    }

    private mutating func takeFacts(_ hello: Hello, of node: Int, on index: Int) {
        let flags = hello.flags.subtracting(.ofOneHello)
        if peers[node].flags != flags {
            let began =
                hello.flags.contains(.rebalancing) && !peers[node].flags.contains(.rebalancing)
            if began { startRebalancing(at: lastTurn) }
            let isUnheardNews = peers[node].flags.contains(.unheard) != flags.contains(.unheard)
            peers[node].flags = flags
            touchClaims(of: node)
            if isUnheardNews { reportMember(node, on: index) }
        }
        if peers[node].addresses != hello.addresses {
            peers[node].addresses = hello.addresses
            areTargetsDirty = true
        }
        if peers[node].poolSetHash != hello.poolSetHash {
            peers[node].poolSetHash = hello.poolSetHash
            reportMember(node, on: index)
        }
        peers[node].statedCount = hello.claimCount
        peers[node].statedDigest = hello.claimDigest
    }

    /// Peers that were silent are heard again one after another, each within its period: until then
    /// an address without an owner may have one that is not heard yet.
    private mutating func hold(_ index: Int, _ profile: HelloProfile, at now: Instant) {
        let until = now + max(configuration.profile.period, profile.period) * 3 / 2
        segments[index].holdsUntil = later(segments[index].holdsUntil, until)
    }

    /// A peer that is new or back gets everything that this node claims, at once.
    ///
    /// After the return of a dead one, restarted or not, what is held is announced again as well:
    /// the last announcer must be the final owner.
    private mutating func welcome(_ node: Int, _ hearing: Segment.Hearing, on index: Int) {
        guard hearing == .new || hearing == .returned else { return }
        touchClaims(of: node)
        owedEverything.insert(.init(link: segments[index].link, node: node))
        reportMember(node, on: index)
    }

    /// A peer that was suspect, and that others heard all the while, is heard again.
    private mutating func clear(_ node: Int, on index: Int) {
        touchClaims(of: node)
        reportMember(node, on: index)
    }

    /// What this peer's claims are worth may have changed, and whether it is a candidate.
    mutating func touchClaims(of node: Int) {
        isPlanDirty = true
        if steadiness.isUnsteady { isAllDirty = true }
        dirtySlots += peers[node].claimed.sorted()
    }

    func isOwnAddress(_ address: IPAddress) -> Bool {
        segments.contains { $0.interfaceAddresses.contains { $0.address == address } }
    }
}

extension Hello {
    /// Every peer that the sender speaks of has been silent for D.
    fileprivate func hearsNobody(within profile: HelloProfile) -> Bool {
        heard.allSatisfy { peer in
            peer.ageMilliseconds.map { .milliseconds(Int64($0)) >= profile.detectionTime } ?? false
        }
    }

    /// The sender heard some other peer as lately as 5 % loss allows.
    fileprivate func hearsFreshly(otherThan peer: Heard) -> Bool {
        heard.contains { other in
            other.nodeTag != peer.nodeTag
                && other.ageMilliseconds.map { .milliseconds(Int64($0)) <= profile.freshTime }
                    ?? false
        }
    }
}

extension Hello.Heard {
    /// The node's last hello is not older than D, or its age is not known.
    fileprivate func isHeard(within profile: HelloProfile) -> Bool {
        ageMilliseconds.map { .milliseconds(Int64($0)) < profile.detectionTime } ?? true
    }
}
