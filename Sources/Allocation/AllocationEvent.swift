import Addressing

/// What happened, as far as allocation is concerned.
package enum AllocationEvent: Sendable {
    /// The pool files were read anew and are valid.
    case poolsChanged(PoolSet)
    /// Every Service there is (a full pass): those that are absent are gone.
    case servicesListed([ServiceRequest])
    /// One Service is new or changed, or a write to it was refused and it was read anew.
    case serviceChanged(ServiceRequest)
    case serviceRemoved(ServiceKey)
    /// A write did not reach the server: the same write is due again if it is still right.
    case writeFailed(ServiceKey)
    /// The labels of every namespace, by name.
    case namespacesChanged([String: [String: String]])
    /// All addresses that must never be handed out, whole list.
    case forbiddenAddressesChanged([ForbiddenAddress])
    /// The answer to `.probe`; one for each address.
    case addressProbed(IPAddress, ProbeOutcome)
    /// What an earlier leader kept of freed addresses; best before `servicesListed`.
    case retainedRead([RetainedAddress])
    /// `nextDeadline` has come.
    case deadlineReached
}

/// What probing an address found.
package enum ProbeOutcome: Hashable, Sendable {
    case free
    /// Nobody could ask: the leader has no link for the address. Counts as free.
    case unasked
    /// A host answered whose link-layer address is no node's.
    case taken(by: LinkAddress)
}

/// An address that Herald must not hand out because the network itself uses it.
package struct ForbiddenAddress: Hashable, Comparable, Sendable {
    package let address: IPAddress
    /// Completes "192.0.2.1 is …": "the default gateway on eth0".
    package let use: String

    package init(_ address: IPAddress, use: String) {
        self.address = address
        self.use = use
    }

    package static func < (left: ForbiddenAddress, right: ForbiddenAddress) -> Bool {
        (left.address, left.use) < (right.address, right.use)
    }
}

/// A freed address that rests or waits for its former holder.
package struct RetainedAddress: Hashable, Comparable, Sendable {
    package let address: IPAddress
    /// Who held it last.
    package let service: ServiceKey
    /// What is left of the pool's `retain` at the time of writing; zero: nothing.
    package let retain: Duration
    /// What is left of the pool's `reuseDelay` at the time of writing; zero: nothing.
    package let rest: Duration

    package init(_ address: IPAddress, service: ServiceKey, retain: Duration, rest: Duration) {
        self.address = address
        self.service = service
        self.retain = retain
        self.rest = rest
    }

    package static func < (left: RetainedAddress, right: RetainedAddress) -> Bool {
        (left.address, left.service) < (right.address, right.service)
    }
}
