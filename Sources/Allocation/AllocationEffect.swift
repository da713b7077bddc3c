import Addressing

/// What is to be done.
package enum AllocationEffect: Hashable, Sendable {
    /// Ask the segment whether anybody uses these addresses; each is answered by `addressProbed`.
    case probe([IPAddress])
    /// Write this to the service's status; sent only when the service does not show it.
    case write(ServiceDecision)
    /// Tell the user by a Kubernetes Event on the service.
    case emitEvent(ServiceEvent)
    /// Addresses whose pool or services changed, by address; no services: nobody holds it.
    case allocationsChanged([AllocatedAddress])
    /// All freed addresses that rest or wait for their former holder, whole list, by address: to be
    /// kept for the next leader.
    case retainedChanged([RetainedAddress])
}

/// What a service's status should be.
///
/// Ingress entries with an `ip` are replaced by `addresses` in that order (an entry whose `ip` is
/// the same address keeps its other fields); entries of `foreign`, and without an `ip`, stay.
package struct ServiceDecision: Hashable, Sendable {
    package let service: ServiceKey
    package let uid: String
    package let addresses: [IPAddress]
    /// Addresses that the object shows and Herald never gave: another controller's, not to be
    /// fought over.
    package let foreign: [IPAddress]
    /// The annotation `herald.dev/allocated-from`; nil: to be removed.
    package let allocatedFrom: String?
    /// The condition `herald.dev/Allocated`; nil: to be removed, the service is no longer ours.
    package let condition: AllocationCondition?

    package init(
        service: ServiceKey, uid: String, addresses: [IPAddress], foreign: [IPAddress] = [],
        allocatedFrom: String?, condition: AllocationCondition?
    ) {
        self.service = service
        self.uid = uid
        self.addresses = addresses
        self.foreign = foreign
        self.allocatedFrom = allocatedFrom
        self.condition = condition
    }
}

/// A Kubernetes Event to record on a service.
package struct ServiceEvent: Hashable, Sendable {
    package let service: ServiceKey
    package let uid: String
    package let reason: Reason
    /// One sentence.
    package let message: String

    package init(service: ServiceKey, uid: String, reason: Reason, message: String) {
        self.service = service
        self.uid = uid
        self.reason = reason
        self.message = message
    }

    /// The event's `reason`; its `type` follows from it.
    package enum Reason: String, Hashable, Sendable {
        case addressAllocated = "AddressAllocated"
        case addressReleased = "AddressReleased"
        case addressAnnounced = "AddressAnnounced"
        case allocationPending = "AllocationPending"
        case addressConflict = "AddressConflict"
    }

    /// The event's `type`.
    package var type: String {
        switch reason {
        case .addressAllocated, .addressReleased, .addressAnnounced: "Normal"
        case .allocationPending, .addressConflict: "Warning"
        }
    }
}
