import Foundation
import Kubernetes
import Synchronization

/// What a watch of Services tells, and when it told it.
final class ServiceWatch: Sendable {
    private struct State {
        /// When a Service was first seen with an address.
        var allocated: [String: ContinuousClock.Instant] = [:]
        /// Changes of each Service after it was created.
        var changes: [String: Int] = [:]
    }

    private let state = Mutex(State())

    func follow(_ client: KubernetesClient) async {
        for await feed in client.follow(Service.self) {
            switch feed {
            case .snapshot(let services): for service in services { note(service) }
            case .changed(let service): note(service)
            case .removed, .interrupted, .resumed: break
            }
        }
    }

    private func note(_ service: Service) {
        let now = ContinuousClock.now
        state.withLock { state in
            state.changes[service.metadata.name, default: -1] += 1
            guard !service.status.ingress.isEmpty else { return }
            if state.allocated[service.metadata.name] == nil {
                state.allocated[service.metadata.name] = now
            }
        }
    }

    func allocated(_ name: String) -> ContinuousClock.Instant? {
        state.withLock { $0.allocated[name] }
    }

    /// Changes of all Services whose names begin so.
    func changes(of prefix: String) -> Int {
        state.withLock { state in
            state.changes.reduce(0) { $1.key.hasPrefix(prefix) ? $0 + max($1.value, 0) : $0 }
        }
    }

    /// The time at which all of these had an address; throws after five minutes.
    func awaitAllocated(_ names: [String]) async throws -> ContinuousClock.Instant {
        let deadline = ContinuousClock.now + .seconds(300)
        while true {
            let times = state.withLock { state in names.compactMap { state.allocated[$0] } }
            if times.count == names.count { return times.max() ?? .now }
            guard ContinuousClock.now < deadline else {
                throw Late(found: times.count, wanted: names.count)
            }
            try await Task.sleep(for: .microseconds(500))
        }
    }

    /// Not all Services have got an address.
    struct Late: Error {
        let found: Int
        let wanted: Int
    }
}
