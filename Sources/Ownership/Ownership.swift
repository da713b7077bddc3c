import Addressing
import Timing
import Wire

/// Who answers for which address on the segments of this node: the rules that every node runs
/// alike, without the API and without a leader.
///
/// The caller owns time: it hands in what happened and when, carries out the effects in order, and
/// sends `deadlineReached` when `nextDeadline` has come. `now` never decreases.
package struct Ownership: Sendable {
    package internal(set) var configuration: OwnershipConfiguration

    var incarnation: UInt32
    var nodes: NodeDirectory
    /// By `NodeDirectory` index; the first is this node and stays empty.
    var peers: [Peer]
    var slots = AddressSlots()
    var linkTable = LinkTable()
    /// What the node has on its links, whatever their kind.
    var localAddresses: Set<IPAddress> = []
    /// Ascending by link.
    var segments: [Segment] = []
    /// What hellos state of this node's own addresses.
    var statedAddresses: [IPAddress] = []
    var view = View()
    var gate: StartGate
    var probes = ProbeBoard()
    var conflicts = ConflictLedger()
    /// Probes of addresses that were yielded to another host.
    var reclaims = ProbeBoard()
    var isDraining = false
    /// Another node goes by this node's name.
    var isDuplicate = false
    var steadiness = Steadiness()
    var wireTruth: WireTruth
    var findings = WireFindings()
    /// Until then peers know that others did not hear this node answer on the wire.
    var unheardUntil: Instant?
    /// When a higher incarnation was seen for this node's name.
    var namesakesSeen: [Instant] = []
    var rebalance = Rebalance()
    var balance: Balance?
    /// When `leaveRequested` came.
    var leavingSince: Instant?
    var hasLeft = false

    var wakes = WakeList()
    /// Slots whose owner, facts or claims may have changed since they were last settled.
    var dirtySlots: [Int] = []
    var isAllDirty = false
    /// Candidates may have changed: free addresses are to be placed anew.
    var isPlanDirty = false
    var areAnswersDirty = false
    var published = AnswerTable.empty
    var areTargetsDirty = false
    /// `peersChanged` came.
    var arePeersTold = false
    /// Eligible nodes and preferences that addresses have in common, numbered.
    var groups: [AddressGroup: Int] = [:]
    /// The nodes that were last allowed, by name and as a set: most addresses have the same.
    var lastAllowed: (names: [String], nodes: NodeSet) = ([], NodeSet())

    /// The sequence of the last hello.
    var sequence: UInt64 = 0
    /// When the next regular hello is due; nil without a running link.
    var tickDue: Instant?
    /// When changed claims are said again.
    var repeatsDue: [Instant] = []
    /// Something changed that peers must hear at once.
    var owesHello = false
    var owedEverything: Set<Listener> = []
    /// Own claims that changed lately.
    var changes: [(slot: Int, at: Instant)] = []
    /// Slots with a yield or gone record.
    var recordSlots: Set<Int> = []
    /// Slots that two heard peers claim.
    var contestedSlots: Set<Int> = []

    /// When a free address may next be claimed.
    var planDue: Instant?
    /// What was last planned.
    var plan: PlacementPlan?

    /// When something was last handled.
    var lastTurn: Instant
    /// When something was last being decided, or somebody not heard in time.
    var lastUnusual: Instant

    package internal(set) var refusals: [HelloRefusal: Int] = [:]
    var outbox: [OwnershipEffect] = []

    /// What the API is known to say.
    struct View: Hashable, Sendable {
        var isLoaded = false
        var isFresh = false
        /// Since when it is fresh.
        var freshSince: Instant?
        /// This node's own Node object is missing from a fresh view (rule 1).
        var lacksOwnNode = false
    }

    /// Starts to listen. `incarnation` must be higher than at any earlier start of this node.
    package init(
        configuration: OwnershipConfiguration, incarnation: UInt32, at now: Instant
    ) {
        self.configuration = configuration
        self.incarnation = incarnation
        nodes = NodeDirectory(own: configuration.node)
        peers = [Peer()]
        lastTurn = now
        lastUnusual = now
        gate = StartGate(detectionTime: configuration.profile.detectionTime)
        wireTruth = WireTruth(interval: configuration.wireTruthInterval)
    }

    package mutating func handle(_ event: OwnershipEvent, at now: Instant) -> [OwnershipEffect] {
        handle(CollectionOfOne(event), at: now)
    }

    /// What happened one after another and is judged as one.
    package mutating func handle(
        _ events: some Sequence<OwnershipEvent>, at now: Instant
    ) -> [OwnershipEffect] {
        precondition(now >= lastTurn, "time went back from \(lastTurn) to \(now)")
        lastTurn = now
        noticeLateness(at: now)
        for event in events { take(event, at: now) }
        settle(at: now)
        defer { outbox = [] }
        return outbox
    }

    /// When `deadlineReached` is wanted, later than the last turn; nil before any link is known.
    package var nextDeadline: Instant? {
        guard !hasLeft else { return nil }
        var next = earlier(wakes.nextDue, planDue)
        next = earlier(next, probes.nextDue)
        next = earlier(next, reclaims.nextDue)
        next = earlier(next, gate.nextDeadline(after: lastTurn))
        next = earlier(next, tickDue)
        next = earlier(next, steadiness.nextDeadline)
        next = earlier(next, earlier(wireTruth.nextDue, unheardUntil))
        if !repeatsDue.isEmpty { next = earlier(next, repeatsDue.min()) }
        if isDuplicate, let last = namesakesSeen.last {
            next = earlier(next, last + Self.namesakeWindow)
        }
        for index in segments.indices where segments[index].isRunning {
            next = earlier(next, segments[index].nextSilence(after: lastTurn))
            if case .listening(_, let until, _) = segments[index].readiness {
                next = earlier(next, until)
            } else {
                next = earlier(next, segments[index].schedule.nextDue)
            }
        }
        return next
    }

    private mutating func take(_ event: OwnershipEvent, at now: Instant) {
        switch event {
        case .linksChanged(let table): takeLinks(table, at: now)
        case .viewLoaded(let facts, let isFresh): loadView(facts, isFresh: isFresh, at: now)
        case .addressesChanged(let changed, let removed):
            changeView(changed, removed: removed, at: now)
        case .viewBecameStale: setFresh(false, at: now)
        case .viewBecameFresh: setFresh(true, at: now)
        case .ownNodePresent(let isPresent): setOwnNode(isPresent)
        case .peersChanged(let peers): takePeers(peers)
        case .poolSetChanged(let hash): configuration.poolSetHash = hash
        case .helloReceived(let hello, let link, let source, let received):
            takeHello(hello, link: link, source: source, received: received ?? now, at: now)
        case .datagramRefused(let reason, _): refusals[reason, default: 0] += 1
        case .frameReceived(let frame): takeFrame(frame, at: now)
        case .probeRequested(let addresses):
            startProbes(addresses.map { ProbeRequest($0) }, at: now)
        case .probesRequested(let requests): startProbes(requests, at: now)
        case .drainChanged(let drains): setDraining(drains)
        case .leaveRequested: leavingSince = leavingSince ?? now; isAllDirty = true
        case .rebalanceRequested: commandRebalance(at: now)
        case .deadlineReached: break
        }
    }

    /// Brings everything that may have changed into its place; the order is part of the rules:
    /// stop and answer first, then say, then report.
    private mutating func settle(at now: Instant) {
        for slot in wakes.due(at: now) { dirtySlots.append(slot) }
        endDuplicate(at: now)
        endUnsteadiness(at: now)
        findTargets()
        judgeMembers(at: now)
        advanceReadiness(at: now)
        advanceGate(at: now)
        checkWire(at: now)
        let touched = isAllDirty ? slots.ordered : Self.distinct(dirtySlots)
        isPlanDirty = isPlanDirty || isAllDirty
        dirtySlots = []
        isAllDirty = false
        for slot in touched { settleSlot(slot, at: now) }
        place(touched, at: now)
        rebalanceOne(at: now)
        reclaim(at: now)
        publishAnswers()
        announce(at: now)
        speak(at: now)
        sendProbes(at: now)
        finishLeaving(at: now)
        if !touched.isEmpty || !dirtySlots.isEmpty {
            for slot in Self.distinct(touched + dirtySlots) { reportStatus(slot, at: now) }
            dirtySlots = []
        }
        if !isAsUsual(at: now) { lastUnusual = now }
    }

    static func distinct(_ slots: [Int]) -> [Int] {
        guard slots.count > 1 else { return slots }
        var distinct: [Int] = []
        for slot in slots.sorted() where slot != distinct.last { distinct.append(slot) }
        return distinct
    }
}

/// The earlier of two deadlines that there may be.
func earlier(_ left: Instant?, _ right: Instant?) -> Instant? {
    guard let left, let right else { return left ?? right }
    return min(left, right)
}
