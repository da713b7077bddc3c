import Addressing
import Timing

/// When a foreign claim to one of our addresses is defended against and reported.
struct ConflictLedger: Sendable {
    /// DEFEND_INTERVAL (RFC 5227 §1.1).
    static let defendInterval: Duration = .seconds(10)
    /// An address is reported this often at most, whoever uses it: a flood of frames, from however
    /// many link-layer addresses, is no flood of reports.
    static let reportInterval: Duration = .seconds(1)
    /// Addresses remembered; the oldest is dropped first.
    static let entriesMax = 4096

    struct Verdict: Hashable, Sendable {
        let defends: Bool
        let reports: Bool
    }

    private struct Entry: Sendable {
        var defendedAt: Instant?
        var reportedAt: Instant
    }

    private var entries: [IPAddress: Entry] = [:]

    /// A host that is no node was seen with an address that this node answers for.
    mutating func judge(_ address: IPAddress, at now: Instant) -> Verdict {
        let old = entries[address]
        let defends = old?.defendedAt.map { now - $0 >= Self.defendInterval } ?? true
        let reports =
            defends || old.map { now - $0.reportedAt >= Self.reportInterval } ?? true
        if entries.count >= Self.entriesMax { forget(before: now - Self.defendInterval) }
        entries[address] = Entry(
            defendedAt: defends ? now : old?.defendedAt,
            reportedAt: reports ? now : old?.reportedAt ?? now)
        return Verdict(defends: defends, reports: reports)
    }

    /// Addresses that are remembered.
    var count: Int { entries.count }

    private mutating func forget(before limit: Instant) {
        entries = entries.filter { ($0.value.defendedAt ?? $0.value.reportedAt) > limit }
    }
}
