import Allocation
import Kubernetes
import Timing

extension Reconciler {
    /// Asks for the one call that the record of freed addresses is due, if any.
    mutating func callForRetained(at now: Instant) -> [ReconcilerEffect] {
        switch retained.nextCall(at: now) {
        case .read: [.readRetained]
        case .write(let write): [.writeRetained(write)]
        case nil: []
        }
    }

    mutating func retainedRead(
        _ result: Result<ConfigMap?, KubernetesError>, at now: Instant, time: WallTime
    ) -> [ReconcilerEffect] {
        let before = retained.problem
        let late = retained.read(result, at: now)
        return noteRetained(since: before)
            + (late.map { allocate(.retainedRead($0), at: now, time: time) } ?? [])
    }

    mutating func retainedWritten(
        _ result: Result<ConfigMap, KubernetesError>, at now: Instant
    ) -> [ReconcilerEffect] {
        let before = retained.problem
        retained.written(result, at: now)
        return noteRetained(since: before)
    }

    /// Each problem is told once; the status shows it until it is over.
    private func noteRetained(since before: String?) -> [ReconcilerEffect] {
        guard let problem = retained.problem, problem != before else { return [] }
        return [.note(.retainedUnusable(problem))]
    }
}
