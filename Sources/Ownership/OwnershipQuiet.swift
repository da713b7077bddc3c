import Timing

// A node that has nothing to decide and hears everybody.
extension Ownership {
    /// For so long everything must have been as usual before a hello may wait.
    static let quietTime: Duration = .seconds(1)
    /// Hellos that wait must fit a socket's buffer: of more members none do.
    static let quietMembersMax = 64

    /// Routine hellos may wait for this node's next turn, a period at most.
    ///
    /// Nothing is being decided that a hello could change, and each peer was heard within one and a
    /// half of its periods: a silence is judged as early as ever, for whoever is silent ends this.
    package var isQuiet: Bool { lastTurn - lastUnusual >= Self.quietTime }

    /// Nothing is under way: no start, no end, no claim, no record, nobody silent.
    func isAsUsual(at now: Instant) -> Bool {
        let isIdle =
            changes.isEmpty && repeatsDue.isEmpty && owedEverything.isEmpty && recordSlots.isEmpty
            && contestedSlots.isEmpty && planDue == nil && probes.nextDue == nil
        guard isIdle, view.isLoaded, !gate.isStarting, leavingSince == nil, !isDuplicate,
            !steadiness.isUnsteady
        else { return false }
        var room = Self.quietMembersMax
        for index in segments.indices where segments[index].isRunning {
            room -= segments[index].members.count
            guard room >= 0, segments[index].isAsUsual(at: now) else { return false }
        }
        return true
    }
}

extension Segment {
    /// It answers, and hears each of its members in time: those that were called dead in the last
    /// minute too, for their return is to be heard at once.
    @inline(__always)
    func isAsUsual(at now: Instant) -> Bool {
        guard readiness == .ready, !isDeaf, unsureUntil == nil,
            holdsUntil.map({ $0 <= now }) ?? true
        else { return false }
        return members.allSatisfy { member in
            guard let member, !member.hasLeft else { return true }
            let silence = now - member.lastHeard
            guard member.isLive else { return silence >= Self.memory }
            return !member.isSuspect && silence <= member.profile.period * 3 / 2
        }
    }
}
