import Addressing
import Timing

/// When a foreign claim to one of our addresses is defended against, yielded to and reported.
struct ConflictLedger: Sendable {
    /// DEFEND_INTERVAL (RFC 5227 §1.1).
    static let defendInterval: Duration = .seconds(10)
    /// An address is reported this often at most, whoever uses it: a flood of frames, from however
    /// many link-layer addresses, is no flood of reports.
    static let reportInterval: Duration = .seconds(1)
    /// How long after the last frame of the other host an address that was yielded to it is probed
    /// again.
    static let yieldInterval: Duration = .seconds(60)
    /// Addresses remembered; the oldest is dropped first.
    static let entriesMax = 4096

    struct Verdict: Hashable, Sendable {
        let act: Act
        let reports: Bool
    }

    /// What is done on the wire.
    enum Act: Hashable, Sendable {
        case nothing
        /// Announce the address, now.
        case defend
        /// Answer and announce no more until the address is found free.
        case yield
    }

    private struct Entry: Sendable {
        var defendedAt: Instant?
        var reportedAt: Instant
    }

    private var entries: [IPAddress: Entry] = [:]

    /// A host that is no node was seen with an address that this node claims.
    ///
    /// 1. `yield`: whatever was done before. 2. `report`: nothing. 3. `defend`: unless it was defended
    /// within `defendInterval`. What is done for the first time is reported at once.
    mutating func judge(
        _ address: IPAddress, by policy: ConflictPolicy, at now: Instant
    ) -> Verdict {
        let old = entries[address]
        let isDefenceDue = old?.defendedAt.map { now - $0 >= Self.defendInterval } ?? true
        let act: Act =
            switch policy {
            case .yield: .yield
            case .report: .nothing
            case .defend: isDefenceDue ? .defend : .nothing
            }
        let reports =
            act == .defend || old.map { now - $0.reportedAt >= Self.reportInterval } ?? true
        if entries.count >= Self.entriesMax { forget(before: now - Self.defendInterval) }
        entries[address] = Entry(
            defendedAt: act == .defend ? now : old?.defendedAt,
            reportedAt: reports ? now : old?.reportedAt ?? now)
        return Verdict(act: act, reports: reports)
    }

    /// Addresses that are remembered.
    var count: Int { entries.count }

    private mutating func forget(before limit: Instant) {
        entries = entries.filter { ($0.value.defendedAt ?? $0.value.reportedAt) > limit }
    }
}
