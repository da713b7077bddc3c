/// What a Lease says, as far as the election needs it.
///
/// Its times are the wall clock of the node that wrote them, so they are not here: nobody compares
/// another node's clock with his own.
package struct LeaseRecord: Hashable, Sendable {
    /// The resourceVersion: two reads with the same one saw the same record.
    package let version: String
    /// Empty: released.
    package let holder: String
    /// What the holder promised (`leaseDurationSeconds`).
    package let duration: Duration
    /// How often the holder changed (`leaseTransitions`).
    package let transitions: Int

    package init(version: String, holder: String, duration: Duration, transitions: Int) {
        self.version = version
        self.holder = holder
        self.duration = duration
        self.transitions = transitions
    }
}

/// A write of the Lease, to be refused when it is no longer the one that was read.
package struct LeaseWrite: Hashable, Sendable {
    /// The resourceVersion to replace; nil: create it.
    package let expectedVersion: String?
    /// Empty: release.
    package let holder: String
    package let duration: Duration
    package let transitions: Int
    /// Whether acquireTime becomes now, or stays as it is; renewTime always becomes now.
    package let isNewHolder: Bool
}

/// How long a lease holds, and how often it is renewed; the same for all nodes.
package struct LeaseTiming: Hashable, Sendable {
    /// A record that did not change for so long may be taken from its holder.
    package let duration: Duration
    /// A holder that could not renew for so long is leader no more. Safe as long as no node's clock
    /// runs `duration / renewDeadline` times as fast as another's.
    package let renewDeadline: Duration
    /// Between two renewals, and between two attempts.
    package let retry: Duration
    /// What a released record promises, as client-go writes it.
    package static let released: Duration = .seconds(1)

    package static let standard = LeaseTiming(
        duration: .seconds(6), renewDeadline: .seconds(4), retry: .seconds(1))

    package init(duration: Duration, renewDeadline: Duration, retry: Duration) {
        self.duration = duration
        self.renewDeadline = renewDeadline
        self.retry = retry
    }
}
