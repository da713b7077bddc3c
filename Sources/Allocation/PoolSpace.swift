import Addressing

/// The addresses of one pool and family: which are free, which are kept for a former holder.
///
/// Only `AddressBook` changes it, from its records.
struct PoolSpace: Sendable {
    let numbering: AddressNumbering
    /// All that may ever be handed out, by number.
    private let eligible: IntervalSet
    /// Eligible, not blocked, kept for nobody.
    private var free: IntervalSet
    /// Eligible, not blocked, kept for a former holder.
    private var kept = IntervalSet()
    /// Distinct addresses; blocked ones are used, in quarantine, resting, probed or forbidden.
    private(set) var usedCount = 0
    /// By number; eligible or not.
    private var quarantined = IntervalSet()
    private var blockedCount: UInt128 = 0

    init(_ pool: Pool, family: AddressFamily) {
        numbering = AddressNumbering(
            pool.ranges, family: family, avoidsBuggyAddresses: pool.avoidsBuggyAddresses)
        var eligible = IntervalSet()
        if let all = numbering.all { eligible.insert(all) }
        for run in pool.excluded.flatMap(numbering.numbers(of:)) { eligible.remove(run) }
        self.eligible = eligible
        free = eligible
    }

    var total: UInt128 { eligible.count }
    var available: UInt128 { total - min(total, blockedCount) }
    var hasAddresses: Bool { !eligible.isEmpty }
    var quarantinedCount: Int { Int(clamping: quarantined.count) }
    var firstQuarantined: IPAddress? { quarantined.first.map(numbering.address) }

    /// In the pool, neither excluded nor avoided.
    func isEligible(_ address: IPAddress) -> Bool {
        numbering.number(of: address).map(eligible.contains) ?? false
    }

    /// The first free address in listed order; when there is none, the first that is kept for
    /// somebody else.
    var firstFree: IPAddress? { (free.first ?? kept.first).map(numbering.address) }

    /// The addresses that would be handed out next, at most `count`, as `firstFree` would one after
    /// another.
    func nextFree(_ count: Int) -> [IPAddress] {
        var found: [IPAddress] = []
        for set in [free, kept] {
            var next = set.first
            while let number = next, found.count < count {
                found.append(numbering.address(number))
                next = number == .max ? nil : set.first(atOrAbove: number + 1)
            }
        }
        return found
    }

    /// How the sets see one address.
    enum Standing: Sendable {
        case free
        case kept
        case blocked
    }

    /// How one address counts.
    struct Share: Sendable {
        var standing = Standing.free
        var isUsed = false
        var isQuarantined = false
    }

    /// Replaces what was counted for `address` by `new`.
    mutating func count(_ address: IPAddress, from old: Share, to new: Share) {
        usedCount += (new.isUsed ? 1 : 0) - (old.isUsed ? 1 : 0)
        guard let number = numbering.number(of: address) else { return }
        if old.isQuarantined { quarantined.remove(number) }
        if new.isQuarantined { quarantined.insert(number) }
        guard eligible.contains(number) else { return }
        switch old.standing {
        case .free: free.remove(number)
        case .kept: kept.remove(number)
        case .blocked: blockedCount -= 1
        }
        switch new.standing {
        case .free: free.insert(number)
        case .kept: kept.insert(number)
        case .blocked: blockedCount += 1
        }
    }

    /// Equal in all that is counted.
    func agrees(with other: PoolSpace) -> Bool {
        free == other.free && kept == other.kept && usedCount == other.usedCount
            && quarantined == other.quarantined && blockedCount == other.blockedCount
    }
}
