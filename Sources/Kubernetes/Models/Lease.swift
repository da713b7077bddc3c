/// A Lease (coordination.k8s.io/v1): who leads, until when.
package struct Lease: ReplaceableResource, Hashable {
    package static let group = "coordination.k8s.io"
    package static let kind = "Lease"
    package static let plural = "leases"

    package var metadata: ObjectMeta
    package var spec: LeaseSpec

    package init(metadata: ObjectMeta, spec: LeaseSpec) {
        self.metadata = metadata
        self.spec = spec
    }
}

/// The record of a lease, with client-go's meaning of each field.
package struct LeaseSpec: Hashable, Codable, Sendable {
    /// Absent or empty: released.
    package var holderIdentity: String?
    package var leaseDurationSeconds: Int?
    package var acquireTime: MicroTime?
    package var renewTime: MicroTime?
    /// How often the holder changed.
    package var leaseTransitions: Int?

    package init(
        holderIdentity: String?, leaseDurationSeconds: Int?, acquireTime: MicroTime?,
        renewTime: MicroTime?, leaseTransitions: Int?
    ) {
        self.holderIdentity = holderIdentity
        self.leaseDurationSeconds = leaseDurationSeconds
        self.acquireTime = acquireTime
        self.renewTime = renewTime
        self.leaseTransitions = leaseTransitions
    }
}
