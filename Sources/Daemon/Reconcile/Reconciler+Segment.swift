import Allocation
import Ownership
import Timing

// What the segment loop reports.
extension Reconciler {
    mutating func segmentReported(
        _ report: OwnershipReport, at now: Instant, time: WallTime
    ) -> [ReconcilerEffect] {
        noteMove(report, time: time)
        segment.apply(report, at: now, time)
        guard case .probeFinished(let address, let result) = report else {
            return [.note(.address(report))] + events(for: report).map { .recordEvent($0) }
        }
        let outcome: ProbeOutcome =
            switch result {
            case .free: .free
            case .taken(let foreign): .taken(by: foreign)
            case .noLink: .unasked
            }
        let isTaken = outcome != .free && outcome != .unasked
        return (isTaken ? [.note(.address(report))] : [])
            + allocate(.addressProbed(address, outcome), at: now, time: time)
    }

    private mutating func noteMove(_ report: OwnershipReport, time: WallTime) {
        switch report {
        case .addressChanged(let status):
            moves.note(
                status, former: segment.addresses[status.address]?.status,
                member: { segment.members[$0] }, at: time)
        case .addressForgotten(let address):
            moves.forget(address, former: segment.addresses[address]?.status, at: time)
        default: break
        }
    }
}
