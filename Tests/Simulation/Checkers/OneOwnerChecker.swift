import Timing

/// (a) On a connected segment at most one node answers for an address, outside stated bounds after
/// a stated kind of fault. Two of which one started while the other's Node object was missing do not
/// exchange hellos, healed or not: the one that gives away learns of the other by its announcements.
package struct OneOwnerChecker: Checker {
    package init() {}

    package mutating func observe(
        _ observation: Observation, in ledger: Ledger
    ) -> [Violation] {
        var violations = ledger.closedOverlaps.compactMap { judge($0, until: $0.end, ledger) }
        if case .reached = observation {
            violations += ledger.openOverlaps.compactMap { judge($0, until: ledger.now, ledger) }
        }
        return violations
    }

    private func judge(_ overlap: Overlap, until: Moment, _ ledger: Ledger) -> Violation? {
        guard let bound = Self.bound(of: overlap, ledger), until > bound else { return nil }
        let lasted = millisecondsText(until.nanoseconds - overlap.since.nanoseconds)
        return ledger.violation(
            "a", address: overlap.address, nodes: overlap.nodes,
            "both answer since \(overlap.since), for \(lasted) ms (\(overlap.kind.rawValue)); "
                + "at most until \(bound) is allowed")
    }

    /// When the overlap must have ended; nil: it may last.
    static func bound(of overlap: Overlap, _ ledger: Ledger) -> Moment? {
        let bounds = ledger.bounds
        let (one, other) = (overlap.nodes[0], overlap.nodes[1])
        let usual = overlap.since + bounds.handOver
        let stalled = max(ledger.troubles.lastStalled[one], ledger.troubles.lastStalled[other])
        switch overlap.kind {
        case .severed:
            return nil
        case .healed:
            let isUnknown =
                max(ledger.troubles.missingUntil[one], ledger.troubles.missingUntil[other])
                >= ledger.now
            let healed = isUnknown ? bounds.healedUnheard : bounds.healed
            return max(
                usual, ledger.troubles.lastMended(one, other) + healed, stalled + bounds.stalled)
        case .resumed, .starting, .handOver:
            let resumed = max(
                ledger.troubles.lastResumed[one], ledger.troubles.lastResumed[other])
            return max(usual, resumed + bounds.resumed, stalled + bounds.stalled)
        }
    }
}
