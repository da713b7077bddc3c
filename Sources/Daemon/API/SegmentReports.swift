import Addressing
import Ownership
import Synchronization

/// What the segment loop tells the API loop, until it is taken; posting never waits.
///
/// Reports of one address or member replace each other, so what waits is bounded by what exists.
package final class SegmentReports: Sendable {
    private struct Waiting: Sendable {
        var reports: [OwnershipReport] = []
        var links: LinkTable?
    }

    private let waiting = Mutex(Waiting())
    /// An element whenever something new waits.
    let wakeUps: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation

    package init() {
        (wakeUps, continuation) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Called on the segment loop's thread.
    package func post(_ report: OwnershipReport) {
        waiting.withLock { waiting in
            if waiting.reports.count >= Self.reportsCompactedAt {
                waiting.reports = Self.compacted(waiting.reports)
            }
            waiting.reports.append(report)
        }
        continuation.yield()
    }

    /// Called on the segment loop's thread.
    package func post(_ links: LinkTable) {
        waiting.withLock { $0.links = links }
        continuation.yield()
    }

    /// Everything that waits, oldest first.
    func take() -> [ReconcilerEvent] {
        let taken = waiting.withLock { waiting in
            defer { waiting = Waiting() }
            return waiting
        }
        return (taken.links.map { [.linksChanged($0)] } ?? [])
            + taken.reports.map { .ownership($0) }
    }

    /// From here on, superseded reports are dropped before another is kept.
    static let reportsCompactedAt = 8_192

    /// The last report of each subject, in order; reports that are no state stay.
    private static func compacted(_ reports: [OwnershipReport]) -> [OwnershipReport] {
        var seen: Set<Subject> = []
        return reports.reversed().filter { report in
            Subject(report).map { seen.insert($0).inserted } ?? true
        }.reversed()
    }

    private enum Subject: Hashable {
        case address(IPAddress)
        case member(String)
        case lateness
        case alarm(IPAddress)

        init?(_ report: OwnershipReport) {
            switch report {
            case .addressChanged(let status): self = .address(status.address)
            case .addressForgotten(let address): self = .address(address)
            case .memberChanged(let member): self = .member(member.node)
            case .ranLate: self = .lateness
            case .wireAlarm(let address, _): self = .alarm(address)
            case .probeFinished, .conflict, .deafChanged, .duplicateName, .ownNodeMissing,
                .keptForLackOfSuccessor, .everyNodeExcluded, .unsteady, .unheard:
                return nil
            }
        }
    }
}
