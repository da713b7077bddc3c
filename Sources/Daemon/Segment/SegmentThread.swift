import Addressing
import LinkLayer
import Logging
import Ownership
import Timing
import Wire

/// The segment loop's thread, which owns the one `Ownership` value: made, run and ended on it.
struct SegmentThread: ~Copyable {
    /// Messages that one turn takes; the others have the next.
    static let messagesPerTurnMax = 64
    /// The least time between two turns that hear evidence: the first frame is heard at once, and
    /// a flood gets a share of the loop, not a core.
    static let hearingInterval: Duration = .milliseconds(5)
    /// Above the responder's, which a flood of requests can keep busy, and so above everything but
    /// the kernel's own threads.
    static let roundRobinPriority: Int32 = ResponderThread.roundRobinPriority + 1
    /// How long a leaving node may take to hand over before it ends all the same.
    static let leaveDurationMax: Duration = .seconds(4)

    private var ownership: Ownership
    private let timer: DeadlineTimer
    private let poll: EventPoll
    private let mailbox: Mailbox
    private let linkThread: LinkThread
    private let turns: TurnClock
    private let outputs: SegmentOutputs
    private let logger: Logger
    private let ledger: HelloLedger
    let responder: Responder
    private let groups: SolicitedGroups
    private let hostAddresses: HostAddressThread
    private var hellos: HelloTraffic

    private var links = LinkTable()
    /// Links whose sockets fail: nobody can answer on them, so they are as good as down.
    private var failingLinks: Set<Int32> = []
    /// The links were read, or could not be: what is said before would be done without them.
    private var takesMail = false
    private var armedFor: Instant?
    /// The timer fired: it stays readable until it is armed again, which the next turn does.
    private var isTimerSpent = false
    private var heard = HeardFrames.Batch()
    private var hearsAgainAt = Instant.zero
    /// Evidence came before `hearsAgainAt`.
    private var isEvidenceWaiting = false
    /// The links that the responder was last told to listen on.
    private var linksFollowed: [Link] = []
    /// The addresses whose groups were last wanted.
    private var solicited: [SolicitedAddress] = []
    private var leavesUntil: Instant?
    private var isFinished = false

    /// What became readable, as the poll's tokens.
    private enum Source: UInt64 {
        case timer, links, mailbox, heardFrames
    }

    init(
        ownership: Ownership, mailbox: Mailbox, linkThread: LinkThread, turns: TurnClock,
        responder: Responder, groups: SolicitedGroups, hostAddresses: HostAddressThread,
        ledger: HelloLedger, outputs: SegmentOutputs, logger: Logger
    ) throws {
        let timer = try DeadlineTimer()
        let poll = try EventPoll()
        try poll.add(timer.descriptorNumber, as: Source.timer.rawValue)
        try poll.add(linkThread.descriptorNumber, as: Source.links.rawValue)
        try poll.add(responder.heard.descriptorNumber, as: Source.heardFrames.rawValue)
        self.ownership = ownership
        self.timer = timer
        self.poll = poll
        self.mailbox = mailbox
        self.linkThread = linkThread
        self.turns = turns
        self.responder = responder
        self.groups = groups
        self.hostAddresses = hostAddresses
        self.outputs = outputs
        self.logger = logger
        self.ledger = ledger
        hellos = HelloTraffic(ledger: ledger, logger: logger)
    }

    /// Turns at least once a hello period, until it is told to end.
    mutating func run() throws {
        do {
            try DedicatedThread.scheduleRoundRobin(priority: Self.roundRobinPriority)
        } catch {
            logger.warning(
                "no real-time priority for the segment loop and the responder: a busy node may be late",
                metadata: ["error": "\(error)"])
        }
        let wait = Int32(clamping: max(1, ownership.configuration.profile.period.milliseconds))
        while !isFinished { try turn(waitMilliseconds: wait) }
    }

    private mutating func turn(waitMilliseconds: Int32) throws {
        try armTimer()
        var hasHellos = false
        var hasEvidence = false
        var hasMail = false
        var hasLinkNews = false
        var isTimeUp = false
        try poll.wait(timeoutMilliseconds: waitMilliseconds) { token in
            switch Source(rawValue: token) {
            case .mailbox: hasMail = true
            case .links: hasLinkNews = true
            case .timer: isTimeUp = true
            case .heardFrames: hasEvidence = true
            case nil: hasHellos = true
            }
        }
        isTimerSpent = isTimerSpent || isTimeUp
        // What waits was said before the deadline and counts before it is judged; but a loop that
        // ran late must learn it from the deadline, before anything else.
        let hearsFirst = hellos.isLeisurely && !isLate
        if hearsFirst { hearHellos() }
        meetDeadline()
        if hasLinkNews { try takeLinks() }
        if hellos.isLeisurely ? !hearsFirst : hasHellos { hearHellos() }
        if hasEvidence { responder.heard.acknowledge() }
        hearFrames()
        if hasMail { try takeMail() }
        let now = Instant.now()
        hellos.rest(ownership.isQuiet, at: now, poll)
        if let until = leavesUntil, now >= until { isFinished = true }
        turns.turned(at: now)
    }

    /// The deadline passed half a period ago, or earlier.
    private var isLate: Bool {
        guard let due = ownership.nextDeadline else { return false }
        return .now() - due > ownership.configuration.profile.period / 2
    }

    private mutating func armTimer() throws {
        let due = [
            ownership.nextDeadline, hellos.nextDeadline, isEvidenceWaiting ? hearsAgainAt : nil,
        ].compactMap { $0 }.min()
        guard due != armedFor || isTimerSpent else { return }
        armedFor = due
        isTimerSpent = false
        try timer.arm(at: due)
    }

    private mutating func meetDeadline() {
        let now = Instant.now()
        hellos.turn(at: now, poll)
        guard let due = ownership.nextDeadline, now >= due else { return }
        let profile = ownership.configuration.profile
        // After so long a stop others may have taken over; what waits in sockets is from before.
        if now - due > profile.period * (profile.misses - 2) { hellos.ignore(before: now) }
        handle(.deadlineReached, at: now)
    }

    private mutating func hearHellos() {
        let arrivals = hellos.take(poll) { ownership.acceptsHello(from: $0, on: $1) }
        // What is judged between two of these would take the other senders for silent.
        let routine = arrivals.prefix { $0.hello.flags.contains(.routine) }
        if !routine.isEmpty { hear(routine) }
        for index in arrivals[routine.endIndex...].indices { hear(arrivals[index...index]) }
    }

    /// Hears hellos that came one after another as one event.
    private mutating func hear(_ arrivals: ArraySlice<HelloTraffic.Arrival>) {
        let now = Instant.now()
        // Rarely more than the traffic saw: of an incarnation that another link told of.
        let replays = ownership.refusals[.replayed, default: 0]
        let events = arrivals.lazy.map {
            OwnershipEvent.helloReceived(
                $0.hello, link: $0.link, source: $0.source, received: $0.received)
        }
        perform(ownership.handle(events, at: now))
        let refused = ownership.refusals[.replayed, default: 0] - replays
        for _ in 0..<refused { ledger.refused(.replayed, from: nil, at: now) }
        for arrival in arrivals.dropLast(refused) {
            ledger.heard(arrival.hello.node, from: arrival.source, at: now)
        }
    }

    private mutating func hearFrames() {
        let now = Instant.now()
        guard now >= hearsAgainAt else {
            isEvidenceWaiting = responder.heard.postpone() || isEvidenceWaiting
            return
        }
        isEvidenceWaiting = false
        responder.heard.take(into: &heard)
        for frame in heard.evidence { handle(.frameReceived(frame)) }
        for frame in heard.requests { handle(.frameReceived(frame)) }
        if !heard.evidence.isEmpty { hearsAgainAt = now + Self.hearingInterval }
    }

    private mutating func takeMail() throws {
        for message in mailbox.take(atMost: Self.messagesPerTurnMax) {
            switch message {
            case .happened(let event): handle(event)
            case .linksFailing(let links): failing(links)
            case .keyringChanged(let keyring): hellos.use(keyring)
            case .responderEnded(let error), .linksEnded(let error): throw error
            case .leave:
                leavesUntil = leavesUntil ?? .now() + Self.leaveDurationMax
                handle(.leaveRequested)
            case .stop: isFinished = true
            }
        }
    }

    mutating func handle(_ event: OwnershipEvent, at now: Instant = .now()) {
        let effects = ownership.handle(event, at: now)
        if event.mayChangeSolicitedAddresses { followSolicitedAddresses() }
        perform(effects)
    }

    private mutating func perform(_ effects: [OwnershipEffect]) {
        followLinks()
        if effects.contains(where: \.endsProbe) { followSolicitedAddresses() }
        for effect in effects {
            switch effect {
            case .sendHello(let hello, let targets, let link):
                hellos.send(hello, to: targets, link: link)
            case .publish(let answers):
                responder.publish(answers)
                hostAddresses.follow(answers)
            case .announce(let addresses, let link): send(.announcement, addresses, link)
            case .sendProbe(let address, let link): send(.probe, [address], link)
            case .askWire(let address, let link): send(.question, [address], link)
            case .saveIncarnation(let incarnation): outputs.saveIncarnation(incarnation)
            case .report(let report): outputs.report(report)
            case .finishedLeaving: isFinished = true
            }
        }
    }

    private func send(_ kind: OutgoingFrame.Kind, _ addresses: [IPAddress], _ link: Int32) {
        let dropped = responder.orders.send(
            addresses.map { OutgoingFrame(kind: kind, address: $0, link: link) })
        guard dropped > 0 else { return }
        logger.warning("frames were not queued", metadata: ["dropped": "\(dropped)"])
    }

    // MARK: - Links

    private mutating func takeLinks() throws {
        if let table = linkThread.take() {
            links = table
            handle(.linksChanged(usableLinks))
            outputs.linksChanged(table)
        }
        guard !takesMail else { return }
        takesMail = true
        try poll.add(mailbox.descriptorNumber, as: Source.mailbox.rawValue)
    }

    /// What is as good as down is said to be down: its addresses go to other nodes, and are announced
    /// again when it works again.
    private mutating func failing(_ links: Set<Int32>) {
        guard links != failingLinks else { return }
        failingLinks = links
        handle(.linksChanged(usableLinks))
    }

    private var usableLinks: LinkTable {
        var table = links
        for index in table.links.indices where failingLinks.contains(table.links[index].index) {
            table.links[index].isRunning = false
        }
        return table
    }

    /// Has the responder and the hellos follow the links that may announce now.
    private mutating func followLinks() {
        let wanted = ownership.announcingLinks.compactMap { links.link(index: $0) }
        guard wanted != linksFollowed else { return }
        linksFollowed = wanted
        hellos.follow(wanted, poll)
        responder.orders.follow(wanted)
    }

    /// Has the groups follow the IPv6 addresses.
    private mutating func followSolicitedAddresses() {
        let wanted = ownership.solicitedAddresses
        guard wanted != solicited else { return }
        solicited = wanted
        groups.follow(wanted)
    }
}

extension OwnershipEvent {
    fileprivate var mayChangeSolicitedAddresses: Bool {
        switch self {
        case .viewLoaded, .addressesChanged, .linksChanged, .probeRequested, .probesRequested: true
        case .viewBecameStale, .viewBecameFresh, .ownNodePresent, .peersChanged, .poolSetChanged,
            .helloReceived, .datagramRefused, .frameReceived, .drainChanged, .leaveRequested,
            .rebalanceRequested, .deadlineReached:
            false
        }
    }
}

extension OwnershipEffect {
    fileprivate var endsProbe: Bool {
        guard case .report(.probeFinished) = self else { return false }
        return true
    }
}
