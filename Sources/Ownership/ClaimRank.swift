import Wire

/// What decides between two claims to one address; the higher stays.
struct ClaimRank: Hashable, Comparable, Sendable {
    let epoch: UInt32
    let isStrong: Bool
    /// The rendezvous value of the two names.
    let rendezvous: UInt64
    /// Its owner gives it away.
    var isOffered = false

    /// 1. The higher epoch: the later claim, as far as its maker had heard.
    /// 2. Kept before offered: who gives away yields to whoever takes, also to a weak successor,
    ///    which has no later epoch.
    /// 3. Strong before weak: its maker heard most of the nodes.
    /// 4. The higher rendezvous value, which both sides compute alike.
    static func < (left: ClaimRank, right: ClaimRank) -> Bool {
        if left.epoch != right.epoch { return left.epoch < right.epoch }
        if left.isOffered != right.isOffered { return left.isOffered }
        if left.isStrong != right.isStrong { return right.isStrong }
        return left.rendezvous < right.rendezvous
    }
}

extension ClaimRank {
    /// The epoch of a new claim: a strong one outranks all that was heard, a weak one only replaces
    /// a silent owner and loses to it when it is heard again.
    static func epoch(afterSeeing seen: UInt32, isStrong: Bool) -> UInt32 {
        isStrong ? seen + (seen < .max ? 1 : 0) : seen
    }
}
