import Timing

@testable import Allocation

/// A world around some elections; everything in it follows from the seed.
struct ElectionWorld {
    private var random: SeededRandom
    private let timing: LeaseTiming
    /// True time, in milliseconds.
    private var now = 0
    private var nodes: [ElectionNode]
    private var lease: LeaseRecord?
    private var version = 0
    private var isFaulty = true
    private var healedWatching = true
    private var nextFault = 0
    private var queue: [Delivery] = []
    /// What the checker found first.
    private(set) var clash: String?
    /// How often a leadership began.
    private(set) var terms = 0
    private(set) var requests = 0

    /// The edge gives up on an answer after this, in milliseconds.
    private static let patience = 2_000
    /// Between two faults, on average, in milliseconds.
    private static let faultInterval = 2_000

    /// Something on its way, with its true time of arrival.
    private struct Delivery {
        let due: Int
        let node: Int
        /// Which life of the node it belongs to, and which request.
        let life: Int
        let request: Int
        let content: Content

        enum Content {
            case toServer(LeaseWrite?)
            case answer(LeaderElectionEvent)
            case patienceOver
            case watch(LeaderElectionEvent)
        }
    }

    init(seed: UInt64, timing: LeaseTiming) {
        random = SeededRandom(seed: seed)
        self.timing = timing
        nodes = []
        for index in 0..<3 {
            let rate = 950 + random.below(100)
            nodes.append(
                ElectionNode(
                    identity: "n\(index)", timing: timing, rate: rate,
                    offset: random.below(1_000_000)))
        }
    }

    /// The nodes that may write now, each by its own clock.
    var writers: [String] {
        nodes.filter { $0.isUp && $0.election.mayWrite(at: $0.clock(now)) }
            .map(\.election.identity)
    }

    /// Ends all faults: everybody is up, nothing is lost or slow; watches work for all or none.
    mutating func heal(watching: Bool = true) {
        isFaulty = false
        healedWatching = watching
        for index in nodes.indices {
            nodes[index].pausedUntil = now
            if !nodes[index].isUp { start(index) }
            feed(index, .watchChanged(isLive: watching))
        }
    }

    /// Jumps from one thing that happens to the next; nobody can begin to write in between.
    mutating func run(for duration: Duration) {
        let end = now + Int(duration.milliseconds)
        while let next = nextMoment(before: end), clash == nil {
            now = next
            if isFaulty, now >= nextFault { misbehave() }
            deliver()
            for index in nodes.indices where isAwake(index) {
                let node = nodes[index]
                if let deadline = node.election.nextDeadline, deadline <= node.clock(now) {
                    feed(index, .deadlineReached)
                }
            }
            if writers.count > 1 { clash = "at \(now) ms both \(writers) may write" }
        }
        now = max(now, end)
    }

    private func nextMoment(before end: Int) -> Int? {
        var moments = queue.map(arrivesAt)
        for node in nodes where node.isUp {
            guard let deadline = node.election.nextDeadline else { continue }
            moments.append(max(node.trueTime(of: deadline), node.pausedUntil))
        }
        if isFaulty { moments.append(nextFault) }
        guard let next = moments.min(), next < end else { return nil }
        return max(next, now)
    }

    /// A paused process finds everything waiting when it wakes.
    private func arrivesAt(_ delivery: Delivery) -> Int {
        if case .toServer = delivery.content { return delivery.due }
        return max(delivery.due, nodes[delivery.node].pausedUntil)
    }

    private func isAwake(_ index: Int) -> Bool {
        nodes[index].isUp && nodes[index].pausedUntil <= now
    }
}

// MARK: - Faults

extension ElectionWorld {
    private mutating func misbehave() {
        nextFault = now + 1 + random.below(2 * Self.faultInterval)
        let index = random.below(nodes.count)
        switch random.below(30) {
        case 0..<8: nodes[index].pausedUntil = now + random.below(16_000)
        case 8..<11: crash(index)
        case 11..<14: if isAwake(index) { feed(index, .stopAsked) }
        case 14..<20: if !nodes[index].isUp { start(index) }
        case 20..<23: if isAwake(index) { feed(index, .watchChanged(isLive: false)) }
        case 23..<29: if isAwake(index) { feed(index, .watchChanged(isLive: true)) }
        default: touchLease()
        }
    }

    private mutating func crash(_ index: Int) {
        nodes[index].isUp = false
        nodes[index].life += 1
    }

    private mutating func start(_ index: Int) {
        nodes[index].isUp = true
        nodes[index].life += 1
        nodes[index].election = LeaderElection(
            identity: nodes[index].election.identity, timing: timing)
    }

    /// Somebody labels the Lease: a new version, the same record.
    private mutating func touchLease() {
        guard let old = lease else { return }
        version += 1
        lease = LeaseRecord(
            version: "\(version)", holder: old.holder, duration: old.duration,
            transitions: old.transitions)
        tellWatches()
    }
}

// MARK: - The network and the server

extension ElectionWorld {
    private mutating func feed(_ index: Int, _ event: LeaderElectionEvent) {
        let clock = nodes[index].clock(now)
        for effect in nodes[index].election.handle(event, at: clock) {
            switch effect {
            case .readLease: send(index, nil)
            case .writeLease(let write): send(index, write)
            case .leadershipAcquired: terms += 1
            case .leadershipLost: break
            case .stopped: crash(index)
            }
        }
    }

    private mutating func send(_ index: Int, _ write: LeaseWrite?) {
        requests += 1
        nodes[index].request += 1
        post(index, .patienceOver, in: Self.patience)
        // Lost on the way, or so late that its sender has given up long before it arrives.
        guard !isFaulty || random.below(100) >= 8 else { return }
        let isSlow = isFaulty && random.below(100) < 6
        post(index, .toServer(write), in: isSlow ? random.below(9_000) : random.below(40))
    }

    private mutating func post(_ index: Int, _ content: Delivery.Content, in delay: Int) {
        let node = nodes[index]
        queue.append(
            Delivery(
                due: now + delay, node: index, life: node.life, request: node.request,
                content: content))
    }

    private mutating func deliver() {
        // An answer that waited for its paused receiver comes before the end of his patience.
        let arrived = queue.filter { arrivesAt($0) <= now }.sorted { $0.due < $1.due }
        queue = queue.filter { arrivesAt($0) > now }
        for delivery in arrived { arrive(delivery) }
    }

    private mutating func arrive(_ delivery: Delivery) {
        let node = nodes[delivery.node]
        switch delivery.content {
        case .toServer(let write):
            let answer = serve(write)
            guard !isFaulty || random.below(100) >= 8 else { return }
            queue.append(
                Delivery(
                    due: now + random.below(40), node: delivery.node, life: delivery.life,
                    request: delivery.request, content: .answer(answer)))
        case .answer(let event):
            guard node.expects(delivery.life, delivery.request) else { return }
            nodes[delivery.node].answered = delivery.request
            feed(delivery.node, event)
        case .patienceOver:
            guard node.expects(delivery.life, delivery.request) else { return }
            nodes[delivery.node].answered = delivery.request
            feed(delivery.node, .requestFailed)
        case .watch(let event):
            if node.isUp, node.life == delivery.life { feed(delivery.node, event) }
        }
    }

    /// An API server: a write is done when it names the version that is there.
    private mutating func serve(_ write: LeaseWrite?) -> LeaderElectionEvent {
        guard let write else { return .leaseRead(lease) }
        guard write.expectedVersion == lease?.version else { return .writeRefused }
        version += 1
        lease = LeaseRecord(
            version: "\(version)", holder: write.holder, duration: write.duration,
            transitions: write.transitions)
        tellWatches()
        return .leaseWritten(version: "\(version)")
    }

    private mutating func tellWatches() {
        guard isFaulty || healedWatching else { return }
        for index in nodes.indices where nodes[index].isUp {
            post(index, .watch(.leaseObserved(lease)), in: random.below(isFaulty ? 3_000 : 30))
        }
    }
}

/// One node of the world.
struct ElectionNode {
    var election: LeaderElection
    var isUp = true
    /// True milliseconds.
    var pausedUntil = 0
    /// Counts starts and ends, so that an answer to an earlier life is not taken for one to this.
    var life = 0
    var request = 0
    /// The last request that was answered or given up.
    var answered = 0
    /// How many thousandths of true time its clock counts, and from where, in milliseconds.
    private let rate: Int
    private let offset: Int

    init(identity: String, timing: LeaseTiming, rate: Int, offset: Int) {
        election = LeaderElection(identity: identity, timing: timing)
        self.rate = rate
        self.offset = offset
    }

    func clock(_ now: Int) -> Instant {
        Instant(nanoseconds: Int64(offset) * 1_000_000 + Int64(now) * Int64(rate) * 1_000)
    }

    /// The first millisecond at which its clock shows `instant` or more.
    func trueTime(of instant: Instant) -> Int {
        let start = Int64(offset) * 1_000_000
        guard instant.nanoseconds > start else { return 0 }
        let perMillisecond = Int64(rate) * 1_000
        return Int((instant.nanoseconds - start + perMillisecond - 1) / perMillisecond)
    }

    func expects(_ life: Int, _ request: Int) -> Bool {
        isUp && self.life == life && self.request == request && answered != request
    }
}

/// SplitMix64, a generator whose numbers follow from its seed.
private struct SeededRandom {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func below(_ bound: Int) -> Int {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return Int((mixed ^ (mixed >> 31)) % UInt64(bound))
    }
}
