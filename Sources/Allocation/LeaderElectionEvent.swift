/// What happened, as far as the election is concerned.
package enum LeaderElectionEvent: Hashable, Sendable {
    /// `nextDeadline` has come; also the first event of all.
    case deadlineReached
    /// The answer to `.readLease`; nil: there is none.
    case leaseRead(LeaseRecord?)
    /// The answer to `.writeLease`: done, and this is the resourceVersion now.
    case leaseWritten(version: String)
    /// The answer to `.writeLease`: not done, for the Lease is another than expected (409 on create
    /// or update, 404 on update).
    case writeRefused
    /// No answer to a request, or one that leaves open whether it was carried out.
    case requestFailed
    /// A watch told of this; nil: deleted. May be late or out of order.
    case leaseObserved(LeaseRecord?)
    /// Whether changes of the Lease are told as `leaseObserved`; if not, it is read each retry.
    case watchChanged(isLive: Bool)
    /// Give the lease back and stop.
    case stopAsked
}

/// What is to be done. At most one request is under way at any time, and each is answered by exactly
/// one event; the edge gives up waiting after some seconds by `requestFailed`.
package enum LeaderElectionEffect: Hashable, Sendable {
    case readLease
    case writeLease(LeaseWrite)
    /// From now on this node leads: read everything anew, then decide.
    case leadershipAcquired
    /// This node leads no more, since `mayWrite` said so.
    case leadershipLost
    /// Nothing follows after `stopAsked`.
    case stopped
}
