import Allocation
import AsyncAlgorithms
import JSON
import Kubernetes
import Logging
import Timing

extension APILoop {
    /// The Lease that the allocating leader holds.
    static let lease = NamespacedName(namespace: "herald-system", name: "herald-allocator")
    /// A lease that is answered later than this is worthless.
    static let leaseTimeout = Duration.seconds(2)

    /// Tells of every change of the Lease, so that who does not hold it need not ask each second.
    func followLease() async {
        let name = Self.lease
        for await feed in client.follow(Lease.self, in: name.namespace, .name(name.name)) {
            for event in feed.electionEvents { await inputs.send(.leaseWatch(event)) }
        }
    }

    func readLease() async -> Input {
        do throws(KubernetesError) {
            let lease = try await leaseClient.get(Lease.self, Self.lease)
            return .election(.leaseRead(LeaseRecord(lease)), nil)
        } catch {
            if error.isNotFound { return .election(.leaseRead(nil), nil) }
            return .election(.requestFailed, error)
        }
    }

    /// Creates the Lease, or changes it if it still is the one that was read.
    func write(_ write: LeaseWrite, at time: WallTime) async -> Input {
        do throws(KubernetesError) {
            let version = try await carryOut(write, at: time)
            return .election(.leaseWritten(version: version), nil)
        } catch {
            if error.isConflict || error.isAlreadyExists { return .election(.writeRefused, nil) }
            // Not found: the lease on an update, its namespace on a create.
            if error.isNotFound {
                return .election(.writeRefused, write.expectedVersion == nil ? error : nil)
            }
            return .election(.requestFailed, error)
        }
    }

    /// The resourceVersion that the Lease has afterwards.
    private func carryOut(
        _ write: LeaseWrite, at time: WallTime
    ) async throws(KubernetesError) -> String {
        let now = MicroTime(microsecondsSince1970: time.microseconds)
        let seconds = Int(write.duration.components.seconds)
        guard let version = write.expectedVersion else {
            let lease = Lease(
                metadata: ObjectMeta(name: Self.lease.name, namespace: Self.lease.namespace),
                spec: LeaseSpec(
                    holderIdentity: write.holder, leaseDurationSeconds: seconds,
                    acquireTime: now, renewTime: now, leaseTransitions: write.transitions))
            return try await leaseClient.create(lease).metadata.resourceVersion
        }
        var spec: [String: JSONValue] = [
            "holderIdentity": .string(write.holder),
            "leaseDurationSeconds": JSONValue(seconds),
            "renewTime": .string(now.description),
            "leaseTransitions": JSONValue(write.transitions),
        ]
        if write.isNewHolder { spec["acquireTime"] = .string(now.description) }
        let body: JSONValue = [
            "metadata": ["resourceVersion": .string(version)], "spec": .object(spec),
        ]
        let written: Lease = try await leaseClient.patch(
            Lease.self, Self.lease, as: .merge, body)
        return written.metadata.resourceVersion
    }
}

extension Feed<Lease> {
    /// What this says to an election; a snapshot without the Lease says that it is deleted.
    var electionEvents: [LeaderElectionEvent] {
        switch self {
        case .snapshot(let leases):
            [
                .leaseObserved(leases.first.map { LeaseRecord($0) }), .watchChanged(isLive: true),
            ]
        case .changed(let lease): [.leaseObserved(LeaseRecord(lease))]
        case .removed: [.leaseObserved(nil)]
        case .interrupted: [.watchChanged(isLive: false)]
        case .resumed: [.watchChanged(isLive: true)]
        }
    }
}

extension LeaseRecord {
    init(_ lease: Lease) {
        self.init(
            version: lease.metadata.resourceVersion, holder: lease.spec.holderIdentity ?? "",
            duration: .seconds(lease.spec.leaseDurationSeconds ?? 0),
            transitions: lease.spec.leaseTransitions ?? 0)
    }
}
