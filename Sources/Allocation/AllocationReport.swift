import Addressing
import Timing

/// One address that is held, probed or in quarantine.
package struct AllocatedAddress: Hashable, Sendable {
    package let address: IPAddress
    /// The pool that it lies in; nil: none any more.
    package let pool: String?
    /// Oldest service first; empty: nobody.
    package let services: [ServiceKey]
    package let state: State

    package enum State: Hashable, Sendable {
        case free
        /// Reserved, and asked about on the segment.
        case probing
        case allocated
        /// A foreign host answered for it.
        case quarantined(by: LinkAddress, until: Instant)
    }
}

/// How one pool is used, by family.
package struct PoolUsage: Hashable, Sendable {
    package let pool: String
    /// IPv4 first; only the families that the pool has.
    package let families: [FamilyUsage]

    /// Numbers of addresses of one family.
    package struct FamilyUsage: Hashable, Sendable {
        package let family: AddressFamily
        /// All that may ever be handed out: without excluded and avoided ones.
        package let total: UInt128
        package let used: UInt128
        /// Free now: neither used, in quarantine, resting nor forbidden.
        package let available: UInt128
        package let quarantined: UInt128
    }
}

/// A service that waits, wholly or in part.
package struct PendingService: Hashable, Sendable {
    package let service: ServiceKey
    package let condition: AllocationCondition
    /// What it holds meanwhile.
    package let addresses: [IPAddress]
}

/// Why a service has what it has: for `heraldctl explain`.
package struct ServiceExplanation: Hashable, Sendable {
    package let service: ServiceKey
    package let addresses: [AllocatedAddress]
    /// Nil while it is not ours or its addresses are being probed for the first time.
    package let condition: AllocationCondition?
    /// True: another load balancer wrote its ingress and Herald leaves it alone.
    package let isForeign: Bool
    /// Every pool in the order in which it would be tried.
    package let pools: [PoolVerdict]

    /// What one pool says to the service.
    package struct PoolVerdict: Hashable, Sendable {
        package let pool: String
        package let admits: Bool
        /// One clause: "admits it", "its namespaces (shop) do not include default".
        package let why: String
    }
}
