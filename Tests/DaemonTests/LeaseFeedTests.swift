import Allocation
import Kubernetes
import Testing
import Timing

@testable import Daemon

/// What the watch of the lease says to the election.
@Suite struct LeaseFeedTests {
    private static let lease: Lease = {
        var metadata = ObjectMeta(name: "herald-allocator", namespace: "herald-system")
        metadata.resourceVersion = "7"
        return Lease(
            metadata: metadata,
            spec: LeaseSpec(
                holderIdentity: "n1", leaseDurationSeconds: 6, acquireTime: nil, renewTime: nil,
                leaseTransitions: 3))
    }()
    private static let record = LeaseRecord(
        version: "7", holder: "n1", duration: .seconds(6), transitions: 3)
    private static let lost = KubernetesError(verb: .watch, path: "/", cause: .timedOut)

    @Test(
        arguments: [
            (
                "the first list", .snapshot([lease]),
                [.leaseObserved(record), .watchChanged(isLive: true)]
            ),
            ("none there", .snapshot([]), [.leaseObserved(nil), .watchChanged(isLive: true)]),
            ("renewed", .changed(lease), [.leaseObserved(record)]),
            ("deleted", .removed(lease), [.leaseObserved(nil)]),
            ("cut off", .interrupted(lost), [.watchChanged(isLive: false)]),
            ("there again", .resumed, [.watchChanged(isLive: true)]),
        ] as [(String, Feed<Lease>, [LeaderElectionEvent])])
    func everyElementIsTold(name: String, feed: Feed<Lease>, events: [LeaderElectionEvent]) {
        #expect(feed.electionEvents == events, "\(name)")
    }

    /// While it is told of renewals a follower asks nothing; when they stop, it takes over.
    @Test func aFollowerThatIsToldAsksNobody() {
        var election = LeaderElection(identity: "n2")
        var now = Instant(nanoseconds: 0)
        #expect(election.handle(.deadlineReached, at: now) == [.readLease])
        _ = election.handle(.leaseRead(Self.record), at: now)
        _ = election.handle(.watchChanged(isLive: true), at: now)
        for renewal in 8..<60 {
            now = now + .seconds(1)
            let record = LeaseRecord(
                version: "\(renewal)", holder: "n1", duration: .seconds(6), transitions: 3)
            #expect(election.handle(.leaseObserved(record), at: now).isEmpty)
            #expect(election.handle(.deadlineReached, at: now).isEmpty)
        }
        now = now + .seconds(6)
        guard case .writeLease(let write)? = election.handle(.deadlineReached, at: now).first else {
            Issue.record("it does not take over")
            return
        }
        #expect(write.holder == "n2" && write.expectedVersion == "59")
    }
}
