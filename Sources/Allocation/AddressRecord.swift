import Addressing
import Timing

/// All that is known of one address; the empty record says "free, never used".
///
/// Legal transitions: free → probing → held, free → held (adopted, not announced, or probed ahead),
/// free or probing → quarantined → free, held → resting → kept for the former holder → free; each also straight to
/// what follows. A forbidden address may be held by who had it before.
struct AddressRecord: Equatable, Sendable {
    /// What few addresses have; nil when there is nothing of it.
    private var aside: Boxed<Aside>?
    var holders = Holders.none
    /// A probe is under way; its answer is still to come, whether or not somebody holds it.
    var isProbing = false

    private struct Aside: Equatable {
        var quarantine: Quarantine?
        var restsUntil: Instant?
        var kept: Kept?
        var forbiddenUse: String?
        var ahead: ProbedAhead?
    }

    struct Quarantine: Hashable, Sendable {
        let rival: LinkAddress
        let until: Instant
    }

    /// Kept for its former holder.
    struct Kept: Hashable, Sendable {
        let service: ServiceKey
        let until: Instant
    }

    var quarantine: Quarantine? {
        get { aside?.value.quarantine }
        set { changeAside { $0.quarantine = newValue } }
    }

    /// Nobody gets it before.
    var restsUntil: Instant? {
        get { aside?.value.restsUntil }
        set { changeAside { $0.restsUntil = newValue } }
    }

    var kept: Kept? {
        get { aside?.value.kept }
        set { changeAside { $0.kept = newValue } }
    }

    /// Completes "192.0.2.1 is …": the network itself uses it.
    var forbiddenUse: String? {
        get { aside?.value.forbiddenUse }
        set { changeAside { $0.forbiddenUse = newValue } }
    }

    /// What is known of an address that may soon be wanted; nil: nobody asked.
    var ahead: ProbedAhead? {
        get { aside?.value.ahead }
        set { changeAside { $0.ahead = newValue } }
    }

    private mutating func changeAside(_ body: (inout Aside) -> Void) {
        let old = aside?.value ?? Aside()
        var new = old
        body(&new)
        if new != old { aside = new == Aside() ? nil : Boxed(new) }
    }

    /// It is held, and neither rests nor is kept for anybody any more. A question that is under way
    /// still wants its answer.
    mutating func hold(for service: ServiceKey) {
        holders.insert(service)
        guard aside != nil else { return }
        kept = nil
        restsUntil = nil
        if ahead?.isAsked == false { ahead = nil }
    }

    var isEmpty: Bool { holders.isEmpty && !isProbing && aside == nil }

    /// Nobody has it, and nobody left it lately.
    var isNeverUsed: Bool {
        holders.isEmpty && !isProbing && kept == nil && restsUntil == nil
    }

    /// Nobody new gets it without asking for it by address.
    var isBlocked: Bool {
        !holders.isEmpty || isProbing
            || aside.map(\.value).map {
                $0.quarantine != nil || $0.restsUntil != nil || $0.forbiddenUse != nil
            } ?? false
    }

    var share: PoolSpace.Share {
        PoolSpace.Share(
            standing: isBlocked ? .blocked : kept == nil ? .free : .kept,
            isUsed: !holders.isEmpty, isQuarantined: quarantine != nil)
    }

    /// When something about it ends by time alone.
    var deadlines: [Instant] {
        guard let aside = aside?.value else { return [] }
        return [
            aside.quarantine?.until, aside.restsUntil, aside.kept?.until, aside.ahead?.askedAgainAt,
        ].compactMap { $0 }
    }

    /// Drops what has ended.
    mutating func expire(at now: Instant) {
        if let end = quarantine?.until, end <= now { quarantine = nil }
        if let end = restsUntil, end <= now { restsUntil = nil }
        if let end = kept?.until, end <= now { kept = nil }
        ahead?.expire(at: now)
    }
}

/// The record of one address, as the table of all of them holds it.
struct AddressEntry: Keyed {
    var record: AddressRecord
    /// It was changed in this turn; what it was before is noted.
    var isNoted: Bool
    private let packed: Packed

    /// Half the room of an `IPAddress`, whose 128 bits want an alignment of their own.
    private enum Packed {
        case ipv4(UInt32)
        case ipv6(UInt64, UInt64)
    }

    init(_ address: IPAddress, _ record: AddressRecord, isNoted: Bool) {
        self.record = record
        self.isNoted = isNoted
        packed =
            switch address {
            case .ipv4(let address): .ipv4(address.bits)
            case .ipv6(let address):
                .ipv6(UInt64(address.bits >> 64), UInt64(truncatingIfNeeded: address.bits))
            }
    }

    var key: IPAddress {
        switch packed {
        case .ipv4(let bits): .ipv4(IPv4Address(bits: bits))
        case .ipv6(let high, let low):
            .ipv6(IPv6Address(bits: UInt128(high) << 64 | UInt128(low)))
        }
    }
}
