/// Why a service has what it has; `rawValue` is the reason of the condition
/// `herald.dev/Allocated` and of a pending entry in status. Stable names.
package enum AllocationReason: String, Hashable, Sendable, CaseIterable {
    case allocated = "Allocated"
    case noPools = "NoPools"
    case noMatchingPool = "NoMatchingPool"
    case poolExhausted = "PoolExhausted"
    case unknownPool = "UnknownPool"
    case poolNotAllowed = "PoolNotAllowed"
    case notInAnyPool = "NotInAnyPool"
    case addressInUse = "AddressInUse"
    case sharingConflict = "SharingConflict"
    case invalidRequest = "InvalidRequest"
    case noClusterIP = "NoClusterIP"
    case noDualStackPool = "NoDualStackPool"
    case quotaExceeded = "QuotaExceeded"
    case addressConflict = "AddressConflict"
}

/// The reason and one sentence with the values and what would help.
package struct AllocationCondition: Hashable, Sendable {
    package let reason: AllocationReason
    package let message: String

    package init(_ reason: AllocationReason, _ message: String) {
        self.reason = reason
        self.message = message
    }

    /// The `type` of the condition in `status.conditions`.
    package static let type = "herald.dev/Allocated"

    /// The condition's `status`: "True" only when all that was asked for is allocated.
    package var status: String { reason == .allocated ? "True" : "False" }
}
