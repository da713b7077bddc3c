import Allocation
import Kubernetes
import Timing

/// Status writes under way and those to be tried again, at most one a service.
///
/// A write that was refused as a conflict waits for the newer object; one whose outcome is unknown,
/// or that the server refused otherwise, is decided again after a pause that doubles.
struct StatusWrites: Sendable {
    static let pauseMin = Duration.milliseconds(500)
    /// Also the longest pause that a server may ask for.
    static let pauseMax = Duration.seconds(30)
    /// Writes under way at once; the others wait for their turn. More make no API server faster,
    /// and each costs a connection.
    static let underWayMax = 16

    private struct Retry: Sendable {
        var due: Instant
        var pause: Duration
    }

    /// The version that each write under way was decided on.
    private var underWay: [ServiceKey: String] = [:]
    /// Services whose write waits for its turn, from `postponedHead` on; the set is of the same.
    private var postponed: [ServiceKey] = []
    private var postponedHead = 0
    private var isPostponed: Set<ServiceKey> = []
    private var retries: [ServiceKey: Retry] = [:]
    /// The last error of each service whose last write failed, until the service changes.
    private(set) var failures: [ServiceKey: KubernetesError] = [:]

    /// True when the write may start now; else the service is decided again when the one that is
    /// under way has ended, or when its turn has come.
    mutating func begin(_ service: ServiceKey, on version: String) -> Bool {
        guard underWay[service] == nil else { return false }
        guard underWay.count < Self.underWayMax else {
            if isPostponed.insert(service).inserted { postponed.append(service) }
            return false
        }
        underWay[service] = version
        return true
    }

    /// A service whose turn has come, in the order in which they asked; each is given out once.
    mutating func nextPostponed() -> ServiceKey? {
        guard underWay.count < Self.underWayMax, postponedHead < postponed.count else { return nil }
        let service = postponed[postponedHead]
        postponedHead += 1
        isPostponed.remove(service)
        if postponedHead == postponed.count {
            postponed = []
            postponedHead = 0
        }
        return service
    }

    /// More are wanted than may be under way.
    var isBusy: Bool { postponedHead < postponed.count }

    /// What follows from the end of a write.
    enum Ending {
        /// Carried out: what came meanwhile is decided now.
        case done
        /// A newer object is, or will be, known: decide on that.
        case conflict(on: String)
        /// To be decided again when its pause is over.
        case again
    }

    mutating func end(
        _ service: ServiceKey, _ result: Result<Kubernetes.Service, KubernetesError>,
        at now: Instant
    ) -> Ending {
        let version = underWay.removeValue(forKey: service) ?? ""
        guard case .failure(let error) = result else {
            retries[service] = nil
            failures[service] = nil
            return .done
        }
        guard !error.isConflict, !error.isNotFound else {
            return .conflict(on: version)
        }
        failures[service] = error
        let last = retries[service]?.pause ?? .zero
        let asked = min(error.refusal?.retryAfter ?? .zero, Self.pauseMax)
        let pause = max(asked, min(max(last * 2, Self.pauseMin), Self.pauseMax))
        retries[service] = Retry(due: now + pause, pause: pause)
        return .again
    }

    /// Services whose pause is over, sorted; each is given out once.
    mutating func due(at now: Instant) -> [ServiceKey] {
        let due = retries.filter { $0.value.due <= now }.map(\.key).sorted()
        for service in due { retries[service]?.due = Instant(nanoseconds: .max) }
        return due
    }

    /// The service was told anew: whether the last write arrived is known now.
    mutating func told(_ service: ServiceKey) {
        failures[service] = nil
    }

    mutating func forget(_ service: ServiceKey) {
        retries[service] = nil
        failures[service] = nil
    }

    /// A new leader decides everything anew; what is under way still ends.
    mutating func forgetRetries() {
        postponed = []
        postponedHead = 0
        isPostponed = []
        retries = [:]
        failures = [:]
    }

    var nextDeadline: Instant? {
        retries.values.map(\.due).min()
    }
}
