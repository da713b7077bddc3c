import Timing

/// Decides whether this node leads, by a Lease that all nodes can see.
///
/// Safe because a leader stops by its own clock `renewDeadline` after it *sent* its last accepted
/// renewal, while the others wait `duration` after they *saw* it; sent is before seen, and
/// `renewDeadline` is shorter. Each write names the version it replaces, so of two that want the
/// lease at once one is refused. After an answer was lost the lease is read before the next write,
/// for a write with a stale version would be refused for ever.
///
/// One hole stays: a Lease that is deleted by hand less than `renewDeadline` before a daemon starts,
/// for that daemon has never seen whose it was.
package struct LeaderElection: Sendable {
    /// Legal transitions: following → leading (a write was accepted in time); leading → following
    /// (renewal too late, refused, or another holder seen); either → stopping (asked) → stopped.
    package enum State: Hashable, Sendable {
        case following
        case leading(until: Instant)
        case stopping
        case stopped
    }

    /// holderIdentity: the node's name, so that a restarted daemon goes on with its own lease.
    package let identity: String
    package private(set) var state: State = .following
    private let timing: LeaseTiming
    /// What the lease was when it was last seen; nil until then.
    private var seen: Sighting?
    /// Nothing may be written before the lease was read again.
    private var needsRead = true
    private var request: Request?
    /// The earliest time of the next read or renewal.
    private var nextAttempt = Instant(nanoseconds: .min)
    private var isWatched = false

    /// A record and since when it may be taken.
    private struct Sighting: Sendable {
        let record: LeaseRecord?
        let takeableFrom: Instant
    }

    /// The request under way.
    private struct Request: Sendable {
        /// Nil for a read.
        let write: LeaseWrite?
        let sent: Instant
    }

    package init(identity: String, timing: LeaseTiming = .standard) {
        precondition(!identity.isEmpty, "an empty holder means released")
        self.identity = identity
        self.timing = timing
    }

    /// Whether this node may write what only the leader writes; to be asked before each write, with
    /// the clock as it is then.
    package func mayWrite(at now: Instant) -> Bool {
        guard case .leading(let until) = state else { return false }
        return now < until
    }

    /// Who holds the lease, as far as this node has seen; nil when nobody does.
    package var leader: String? {
        guard let holder = seen?.record?.holder, !holder.isEmpty else { return nil }
        return holder
    }

    /// When `deadlineReached` is due; nil: not before another event. May lie in the past: at once.
    package var nextDeadline: Instant? {
        switch state {
        case .stopping, .stopped: nil
        case .leading(let until): request == nil ? min(until, nextAttempt) : until
        case .following: request == nil ? nextMove : nil
        }
    }

    package mutating func handle(
        _ event: LeaderElectionEvent, at now: Instant
    ) -> [LeaderElectionEffect] {
        var effects = expire(at: now)
        switch event {
        case .deadlineReached: break
        case .leaseRead(let record): effects += read(record, at: now)
        case .leaseWritten(let version): effects += written(version: version, at: now)
        case .writeRefused: effects += refused(at: now)
        case .requestFailed: effects += failed(at: now)
        case .leaseObserved(let record): observed(record, at: now)
        case .watchChanged(let isLive): isWatched = isLive
        case .stopAsked:
            effects += lose()
            if state != .stopped { state = .stopping }
        }
        return effects + proceed(at: now)
    }
}

// MARK: - What happened

extension LeaderElection {
    private mutating func expire(at now: Instant) -> [LeaderElectionEffect] {
        guard case .leading(let until) = state, now >= until else { return [] }
        return lose()
    }

    private mutating func lose() -> [LeaderElectionEffect] {
        guard case .leading = state else { return [] }
        state = .following
        return [.leadershipLost]
    }

    private mutating func read(
        _ record: LeaseRecord?, at now: Instant
    ) -> [LeaderElectionEffect] {
        let sent = finishRequest().sent
        see(record, at: now)
        needsRead = false
        if record?.holder == identity { return [] }
        nextAttempt = sent + timing.retry
        return lose()
    }

    private mutating func written(version: String, at now: Instant) -> [LeaderElectionEffect] {
        let (write, sent) = finishWrite()
        let record = LeaseRecord(
            version: version, holder: write.holder, duration: write.duration,
            transitions: write.transitions)
        see(record, at: now)
        nextAttempt = sent + timing.retry
        if write.holder.isEmpty { return stop() }
        let until = sent + timing.renewDeadline
        // Accepted, but so late that it leads no more: the next renewal decides.
        guard now < until else { return [] }
        switch state {
        case .following:
            state = .leading(until: until)
            return [.leadershipAcquired]
        case .leading:
            state = .leading(until: until)
            return []
        case .stopping: return []
        case .stopped: preconditionFailure("a write of \(write) was accepted after the end")
        }
    }

    /// Not at once again: another daemon of the same name would answer in kind.
    private mutating func refused(at now: Instant) -> [LeaderElectionEffect] {
        nextAttempt = max(now, finishWrite().sent + timing.retry)
        needsRead = true
        return lose()
    }

    private mutating func failed(at now: Instant) -> [LeaderElectionEffect] {
        nextAttempt = max(now, finishRequest().sent + timing.retry)
        needsRead = true
        return state == .stopping ? stop() : []
    }

    /// A leader learns by its next renewal; what a watch tells may be older than what it wrote.
    private mutating func observed(_ record: LeaseRecord?, at now: Instant) {
        guard state == .following, request == nil else { return }
        see(record, at: now)
    }

    private mutating func see(_ record: LeaseRecord?, at now: Instant) {
        if let seen, seen.record?.version == record?.version { return }
        seen = Sighting(record: record, takeableFrom: takeableFrom(record, at: now))
    }

    private func takeableFrom(_ record: LeaseRecord?, at now: Instant) -> Instant {
        // 1. Released, or our own from before a restart: at once.
        if let record, record.holder.isEmpty || record.holder == identity { return now }
        // 2. Another's: a whole duration after its last change that we saw.
        if let record { return now + max(timing.duration, record.duration) }
        // 3. Deleted while another held it: that one may not know yet.
        if let last = seen?.record, !last.holder.isEmpty, last.holder != identity {
            return now + max(timing.duration, last.duration)
        }
        // 4. Never there.
        return now
    }

    private mutating func finishRequest() -> Request {
        guard let request else { preconditionFailure("an answer to no request while \(state)") }
        self.request = nil
        return request
    }

    private mutating func finishWrite() -> (write: LeaseWrite, sent: Instant) {
        let request = finishRequest()
        guard let write = request.write else { preconditionFailure("a read answered as a write") }
        return (write, request.sent)
    }
}

// MARK: - What to do next

extension LeaderElection {
    /// When a follower acts.
    private var nextMove: Instant {
        guard !needsRead, let seen else { return nextAttempt }
        return isWatched ? seen.takeableFrom : min(seen.takeableFrom, nextAttempt)
    }

    private mutating func proceed(at now: Instant) -> [LeaderElectionEffect] {
        guard request == nil else { return [] }
        switch state {
        case .stopped: return []
        case .stopping: return release(at: now)
        case .leading:
            guard now >= nextAttempt else { return [] }
            return needsRead ? read(at: now) : write(holder: identity, at: now)
        case .following:
            guard now >= nextMove else { return [] }
            guard !needsRead, let seen, now >= seen.takeableFrom else { return read(at: now) }
            return write(holder: identity, at: now)
        }
    }

    /// Gives back what this node holds, if it may hold it.
    private mutating func release(at now: Instant) -> [LeaderElectionEffect] {
        guard let seen else { return stop() }
        if needsRead { return read(at: now) }
        guard seen.record?.holder == identity else { return stop() }
        return write(holder: "", at: now)
    }

    private mutating func stop() -> [LeaderElectionEffect] {
        state = .stopped
        return [.stopped]
    }

    private mutating func read(at now: Instant) -> [LeaderElectionEffect] {
        request = Request(write: nil, sent: now)
        return [.readLease]
    }

    private mutating func write(holder: String, at now: Instant) -> [LeaderElectionEffect] {
        let record = seen?.record
        let isNewHolder = record?.holder != holder
        let transitions = record.map { $0.transitions + (isNewHolder && !holder.isEmpty ? 1 : 0) }
        let write = LeaseWrite(
            expectedVersion: record?.version, holder: holder,
            duration: holder.isEmpty ? LeaseTiming.released : timing.duration,
            transitions: transitions ?? 0, isNewHolder: isNewHolder)
        request = Request(write: write, sent: now)
        return [.writeLease(write)]
    }
}
