import Allocation
import JSON
import Kubernetes
import Logging
import Timing

extension APILoop {
    /// The Lease that the allocating leader holds.
    static let lease = NamespacedName(namespace: "herald-system", name: "herald-allocator")
    /// A lease that is answered later than this is worthless.
    static let leaseTimeout = Duration.seconds(2)

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

extension LeaseRecord {
    init(_ lease: Lease) {
        self.init(
            version: lease.metadata.resourceVersion, holder: lease.spec.holderIdentity ?? "",
            duration: .seconds(lease.spec.leaseDurationSeconds ?? 0),
            transitions: lease.spec.leaseTransitions ?? 0)
    }
}
