import Timing

/// Whether a silent node is dead (rule 3).
enum Verdict: Hashable, Sendable {
    case alive
    /// Silent for D, but the voters do not agree, or this node abstains.
    case suspect
    /// Silent for D, and nobody else has a vote: the wire is to be asked first (rule 4).
    case onlyVoter
    case dead
}

extension Segment {
    /// The verdict on a node that was heard here; traps for one that was not.
    ///
    /// 1. Heard within its D: alive. 2. Unsure of its silence: alive as far as this node knows.
    /// 3. No other voter: `onlyVoter`. 4. More than half of the voters, this node included, say
    /// so: dead. 5. Else suspect.
    func verdict(on node: Int, at now: Instant) -> Verdict {
        guard let member = member(node) else { preconditionFailure("node \(node) was never heard") }
        guard now >= member.suspectAt, !member.isUnsure else { return .alive }
        var voters = 1
        var accusers = 1
        for other in members.indices where other != node {
            guard let says = vote(of: other, on: node, member, at: now) else { continue }
            voters += 1
            if says { accusers += 1 }
        }
        if voters == 1 { return .onlyVoter }
        return 2 * accusers > voters ? .dead : .suspect
    }

    /// Nil: no vote. A silent peer has none, and neither has one that abstains.
    private func vote(of voter: Int, on node: Int, _ member: Member, at now: Instant) -> Bool? {
        guard let peer = self.member(voter), peer.isHeard, !peer.isUnsure, !peer.abstains,
            now < peer.suspectAt, node < opinions[voter].count
        else { return nil }
        let opinion = opinions[voter][node]
        guard let age = opinion.age, opinion.incarnation >= member.incarnation,
            now - opinion.saidAt < peer.profile.detectionTime
        else { return nil }
        guard opinion.incarnation == member.incarnation else { return false }
        return age >= member.profile.period * (member.profile.misses - 1)
    }

    /// No other node that was heard lately could have a vote on this one.
    func isOnlyVoter(on node: Int, at now: Instant) -> Bool {
        !members.indices.contains { other in
            other != node && (members[other]?.isHeard ?? false)
                && (members[other]?.isFresh(at: now) ?? false)
        }
    }

    /// This node hears, within 2.5 of their periods, more than half of the nodes that it, or a peer
    /// that it hears, heard in the last minute, itself included and goodbyes excluded (rule 5). Those
    /// that did not hear it as lately do not count: a mute node would win against the owner that the
    /// others know. Those that are deaf, and say so, do.
    ///
    /// - Parameter memory: for so long a silent node counts; nil: for ever.
    func hearsMost(at now: Instant, remembering memory: Duration? = memory) -> Bool {
        var (fresh, known) = (1, 1)
        for case let member? in members where !member.hasLeft {
            guard member.isLive || memory.map({ now - member.lastHeard < $0 }) ?? true else {
                continue
            }
            known += 1
            if member.isFresh(at: now), member.hearsUsFreshly || member.isDeaf { fresh += 1 }
        }
        known += (0..<(opinions.lazy.map(\.count).max() ?? 0)).count {
            $0 != NodeDirectory.ownIndex && member($0) == nil
                && isTold(of: $0, at: now, remembering: memory)
        }
        return 2 * fresh > known
    }

    /// A peer that is heard speaks of the node: whoever starts beyond a cut never heard those on
    /// the other side.
    private func isTold(of node: Int, at now: Instant, remembering memory: Duration?) -> Bool {
        members.indices.contains {
            isHeard($0) && isTold(by: $0, of: node, at: now, remembering: memory)
        }
    }

    private func isTold(
        by voter: Int, of node: Int, at now: Instant, remembering memory: Duration?
    ) -> Bool {
        guard node < opinions[voter].count, let age = opinions[voter][node].age else {
            return false
        }
        return memory.map { age + (now - opinions[voter][node].saidAt) < $0 } ?? true
    }

    /// A peer that is heard heard the node within D.
    func isHeardByPeers(_ node: Int, at now: Instant) -> Bool {
        members.indices.contains { voter in
            guard let peer = member(voter), peer.isHeard else { return false }
            return isTold(by: voter, of: node, at: now, remembering: peer.profile.detectionTime)
        }
    }

    /// Somebody is there, by word of the peers, who was never heard here: what it claims is not known.
    func mayMissClaims(at now: Instant) -> Bool {
        (0..<(opinions.lazy.map(\.count).max() ?? 0)).contains {
            $0 != NodeDirectory.ownIndex && member($0) == nil && isHeardByPeers($0, at: now)
        }
    }

    /// How long a node that fell silent counts when a claim is judged strong or weak.
    static let memory: Duration = .seconds(60)
}
