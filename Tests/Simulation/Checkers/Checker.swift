/// One rule of the world, judged from outside the nodes.
///
/// Sees every observation after the ledger has taken it up.
package protocol Checker: Sendable {
    mutating func observe(_ observation: Observation, in ledger: Ledger) -> [Violation]
}

/// All rules, (a) to (n).
package enum Checkers {
    package static func all() -> [any Checker] {
        [
            OneOwnerChecker(), OwnAddressChecker(), SilentStartChecker(), ReleaseChecker(),
            MoveCauseChecker(), EpochChecker(), OwnedChecker(), ClientCacheChecker(),
            HealthyOwnerChecker(), SpreadChecker(), QuietChecker(), ReachedChecker(),
            YieldChecker(), DefenceChecker(),
        ]
    }
}
