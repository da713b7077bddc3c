import Timing

/// Decides what to do next in order to follow a kind: list once, watch from there, come back after
/// failures, list anew when the server has forgotten the place.
///
/// A value without clock or socket: `handle` is told what happened and says what to do. At any time
/// exactly one request or pause is under way, and its end is the next event.
///
/// Legal transitions: idle → listing; listing → opening (listed) or pausing (failed, expired);
/// opening → watching (opened), pausing (failed) or listing (expired); watching → opening (ended),
/// pausing (failed) or listing (expired); pausing → listing or opening.
struct Follower {
    enum Event {
        case started
        /// All pages were read.
        case listed(resourceVersion: String)
        case listFailed(KubernetesError)
        /// The server accepted the watch.
        case watchOpened
        /// A change or a bookmark was read.
        case advanced(resourceVersion: String)
        /// The server ended the watch in good order.
        case watchEnded
        case watchFailed(KubernetesError)
        case pauseEnded
    }

    enum Effect: Hashable {
        case list
        /// The server is to end the watch after `lifetime`.
        case watch(resourceVersion: String, lifetime: Duration)
        case pause(Duration)
        case reportInterrupted(KubernetesError)
        case reportResumed
    }

    enum State: Hashable {
        case idle
        case listing
        case opening(resourceVersion: String)
        case watching(resourceVersion: String, since: Instant)
        /// Waiting, then listing when there is no place to go on from.
        case pausing(resourceVersion: String?)
    }

    /// The longest that a watch is asked to last; the shortest is three quarters of it.
    ///
    /// The API server says something on each watch just before it ends it, but on a quiet one not
    /// oftener than each minute. So that a dead connection or a hung server is noticed within 30 s
    /// (`KubernetesClient.silenceMax`), watches are short and go on from where they stopped, on the
    /// same connection. TCP keepalive would notice the dead connection only, not the hung server.
    static let watchLifetime: Duration = .seconds(24)
    /// Refusals in a row after which the place itself is suspected, and the kind listed anew.
    static let refusalsBeforeListing = 4
    /// A watch that ended sooner is not opened again at once: its server may be in trouble.
    static let watchShort: Duration = .seconds(1)

    private(set) var state: State = .idle
    private var backoff: Backoff
    /// The failure that the consumer was told last; nil while all is well.
    private var reported: KubernetesError?

    init(backoff: Backoff = Backoff()) {
        self.backoff = backoff
    }

    /// - Parameter draw: a random number from 0 up to, not including, 1.
    mutating func handle(_ event: Event, at now: Instant, draw: Double) -> [Effect] {
        switch (state, event) {
        case (.idle, .started), (.pausing(nil), .pauseEnded):
            return list()
        case (.listing, .listed(let version)), (.pausing(.some(let version)), .pauseEnded):
            return watch(from: version, draw: draw)
        case (.listing, .listFailed(let error)):
            return retry(after: error, from: nil, draw: draw)
        case (.opening(let version), .watchOpened):
            return opened(from: version, at: now)
        case (.watching(_, let since), .advanced(let version)):
            backoff.succeeded()
            state = .watching(resourceVersion: version, since: since)
            return []
        case (.watching(let version, let since), .watchEnded):
            return ended(at: version, after: now - since, draw: draw)
        case (.opening(let version), .watchFailed(let error)),
            (.watching(let version, _), .watchFailed(let error)):
            return failed(error, at: version, draw: draw)
        default:
            preconditionFailure("\(event) cannot happen while \(state)")
        }
    }

    private mutating func list() -> [Effect] {
        state = .listing
        return [.list]
    }

    private mutating func watch(from version: String, draw: Double) -> [Effect] {
        state = .opening(resourceVersion: version)
        let lifetime = Self.watchLifetime * (0.75 + draw / 4)
        return [.watch(resourceVersion: version, lifetime: lifetime)]
    }

    private mutating func opened(from version: String, at now: Instant) -> [Effect] {
        state = .watching(resourceVersion: version, since: now)
        guard reported != nil else { return [] }
        reported = nil
        return [.reportResumed]
    }

    private mutating func ended(
        at version: String, after lifetime: Duration, draw: Double
    ) -> [Effect] {
        if lifetime >= Self.watchShort { backoff.succeeded() }
        guard lifetime < Self.watchShort else { return watch(from: version, draw: draw) }
        state = .pausing(resourceVersion: version)
        return [.pause(backoff.next(draw: draw))]
    }

    private mutating func failed(
        _ error: KubernetesError, at version: String, draw: Double
    ) -> [Effect] {
        guard error.isExpired || error.isFromFuture else {
            let place = suspects(error) ? nil : version
            return retry(after: error, from: place, draw: draw)
        }
        // At once the first time; a server that forgets faster than it lists is a failing one.
        guard backoff.failures > 0 else {
            _ = backoff.next(draw: draw)
            return list()
        }
        return retry(after: error, from: nil, draw: draw)
    }

    /// Whether listing may help: not when the server is busy or says no to this user, for then it
    /// would only cost more.
    private func suspects(_ error: KubernetesError) -> Bool {
        guard let refusal = error.refusal, ![401, 403, 429, 503].contains(refusal.httpStatus)
        else { return false }
        return backoff.failures >= Self.refusalsBeforeListing
    }

    private mutating func retry(
        after error: KubernetesError, from version: String?, draw: Double
    ) -> [Effect] {
        let pause = backoff.next(draw: draw, retryAfter: error.refusal?.retryAfter)
        state = .pausing(resourceVersion: version)
        guard reported != error else { return [.pause(pause)] }
        reported = error
        return [.reportInterrupted(error), .pause(pause)]
    }
}
