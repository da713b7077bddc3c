import Addressing
import Timing
import Wire

// Hearing the nodes of a segment.
extension Segment {
    /// What a hello changed for its sender on this link.
    enum Hearing: Hashable, Sendable {
        case known
        /// Never heard here before, or after a goodbye or with a new incarnation.
        case new
        /// It was called dead.
        case returned
        /// It was not, but was silent for longer than loss explains: others may have been cut off
        /// with it.
        case late
    }

    /// A hello is new when its incarnation is, or else its sequence on this link.
    func isReplay(_ hello: Hello, of node: Int) -> Bool {
        guard let member = member(node) else { return false }
        if hello.incarnation != member.incarnation { return hello.incarnation < member.incarnation }
        return hello.sequence <= member.lastSequence
    }

    /// A start of the node was not heard here: it may have claimed, announced and ended since.
    func hasLivedUnheard(_ hello: Hello, _ node: Int) -> Bool {
        guard let member = member(node) else { return !hello.flags.contains(.starting) }
        guard hello.incarnation > member.incarnation else { return false }
        return !hello.flags.contains(.starting) || hello.incarnation - member.incarnation > 1
    }

    /// Takes the facts of a hello that is no replay and was received then.
    mutating func hear(
        _ hello: Hello, of node: Int, from source: IPAddress, at now: Instant
    ) -> Hearing {
        while members.count <= node {
            members.append(nil)
            opinions.append([])
        }
        lastForeignFrame = later(lastForeignFrame, now)
        guard var member = members[node] else {
            let member = Member(hello, from: source, at: now)
            members[node] = member
            checkDue = earlier(checkDue, check(member, after: now))
            stirredAt = now
            return .new
        }
        if member.incarnation != hello.incarnation { member.knowsUs = false }
        let hearing: Hearing =
            member.hasLeft || member.incarnation != hello.incarnation
            ? .new : !member.isLive ? .returned : member.isFresh(at: now) ? .known : .late
        member.lastHeard = max(member.lastHeard, now)
        member.incarnation = hello.incarnation
        member.lastSequence = hello.sequence
        if !hello.states(member.profile) { member.profile = hello.profile }
        member.linkAddress = hello.linkAddress
        member.source = source
        member.isLive = true
        member.isSuspect = false
        member.isUnsure = false
        member.hasLeft = false
        members[node] = member
        if hearing != .known {
            checkDue = earlier(checkDue, check(member, after: now))
            stirredAt = now
        }
        return hearing
    }

    /// A peer says how long ago it heard this node: only a hello that was sent after this node spoke
    /// again counts, for those that waited in a socket tell of the time before.
    mutating func takeAnswer(of node: Int, age: Duration, at now: Instant) {
        guard case .listening(let since, let until, var awaited?) = readiness, age < now - since
        else { return }
        awaited.remove(node)
        readiness = .listening(since: since, until: until, for: awaited)
    }

    /// Nothing is known of anybody's silence while this node's own loop ran late.
    mutating func becomeUnsure(until: Instant) {
        for node in members.indices where members[node]?.isLive ?? false {
            members[node]?.isUnsure = true
        }
        unsureUntil = until
    }

    mutating func endUnsureness(at now: Instant) {
        guard let until = unsureUntil else { return }
        let isAnyUnsure = members.contains { $0?.isUnsure ?? false }
        guard now >= until || !isAnyUnsure else { return }
        for node in members.indices { members[node]?.isUnsure = false }
        unsureUntil = nil
        checkDue = now
    }

    /// Whom this node hears, as hellos say it: those longest silent first.
    func heard(nodes: NodeDirectory, at now: Instant) -> [Hello.Heard] {
        var list: [(age: Int64, heard: Hello.Heard)] = []
        list.reserveCapacity(members.count)
        for node in members.indices {
            guard let member = members[node],
                !member.hasLeft || now - member.lastHeard < Self.memory
            else { continue }
            let age = now.nanoseconds - member.lastHeard.nanoseconds
            let told = UInt16(clamping: min(age / 1_000_000, Int64(Hello.Heard.ageMax)))
            list.append(
                (
                    age,
                    Hello.Heard(
                        nodeTag: nodes.tags[node], incarnation: member.incarnation,
                        ageMilliseconds: member.isUnsure ? nil : told)
                ))
        }
        list.sort { ($0.age, $0.heard.nodeTag) > ($1.age, $1.heard.nodeTag) }
        return list.map(\.heard)
    }

    /// The same, in the order in which a hello that does not hold all of it tells it: whoever it is
    /// for, the longest silent, then the others by turns.
    ///
    /// A peer whose claims count only once they come with its name (rule 2) may not wait for ever
    /// behind those who always spoke longer ago.
    mutating func heardByTurns(
        nodes: NodeDirectory, listener: Int?, at now: Instant
    ) -> [Hello.Heard] {
        let all = heard(nodes: nodes, at: now)
        guard all.count > HelloPages.heardMax else { return all }
        let named = listener.map { nodes.tags[$0] }
        let silent = all.prefix(HelloPages.longestSilentMax)
        let others = all.dropFirst(HelloPages.longestSilentMax).sorted { $0.nodeTag < $1.nodeTag }
        let start = others.firstIndex { $0.nodeTag >= heardCursor } ?? 0
        let turn = others[start...] + others[..<start]
        heardCursor = turn.dropFirst(HelloPages.heardMax - silent.count).first?.nodeTag ?? 0
        let list = Array(silent + turn)
        return list.filter { $0.nodeTag == named } + list.filter { $0.nodeTag != named }
    }

    /// Finds when a silence matters next. A hello only puts that off, so the instant found stays
    /// right, if early, until it comes; while a node is suspect, every turn matters.
    mutating func scheduleCheck(at now: Instant) {
        checkDue = nil
        for case let member? in members where member.isLive {
            guard !member.isSuspect else {
                checkDue = now
                return
            }
            checkDue = earlier(checkDue, check(member, after: now))
        }
    }

    private func check(_ member: Member, after now: Instant) -> Instant {
        let ahead = member.suspectAt - Self.askAhead
        return ahead > now ? ahead : max(member.suspectAt, unsureUntil ?? member.suspectAt)
    }

    /// When a silence or a question to the wire matters next, after `now`.
    @inline(__always)
    func nextSilence(after now: Instant) -> Instant? {
        var next: Instant?
        if let checkDue, checkDue > now { next = checkDue }
        if let unsureUntil, unsureUntil > now { next = earlier(next, unsureUntil) }
        if let nextQuestion, nextQuestion > now { next = earlier(next, nextQuestion) }
        if let askedAt, isAlone, askedAt + Self.askAhead > now {
            next = earlier(next, askedAt + Self.askAhead)
        }
        return next
    }

    /// When the question who is there, to which nothing came yet, is to be asked again; nil: it is
    /// not, for it was answered, or there was time enough.
    @inline(__always)
    var nextQuestion: Instant? {
        guard let askedAt, lastForeignFrame.map({ $0 < askedAt }) ?? true else { return nil }
        let again = (later(askedAt, repeatedAt) ?? askedAt) + Self.askAgain
        return again < askedAt + Self.askAhead ? again : nil
    }

    /// How long before D the wire is asked, so that asking costs no time: hosts on one Ethernet
    /// answer within milliseconds.
    static let askAhead: Duration = .milliseconds(20)
    /// After so long without any frame the same is asked again: four times before D, all of which
    /// are lost, or their answers, once in ten million times at 1 % loss.
    static let askAgain: Duration = .milliseconds(5)
}
