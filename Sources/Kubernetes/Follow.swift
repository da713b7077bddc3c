import Timing

/// A kind as it is now and as it changes, for as long as it is asked for.
///
/// It asks the server only while its consumer waits for the next element, so a slow consumer
/// slows the server down and nothing piles up here. It ends (nil) when its task is cancelled.
package struct Follow<R: Resource>: AsyncSequence, Sendable {
    package typealias Element = Feed<R>
    package typealias Failure = Never

    let client: KubernetesClient
    let namespace: String
    let selector: ListSelector

    package func makeAsyncIterator() -> Iterator { Iterator(follow: self) }

    package struct Iterator: AsyncIteratorProtocol {
        private let follow: Follow
        private var follower = Follower()
        private var effects: [Follower.Effect] = []
        private var watch: WatchStream<R>?
        /// What the consumer is still to be told.
        private var ready: [Feed<R>] = []

        init(follow: Follow) {
            self.follow = follow
        }

        package mutating func next() async -> Feed<R>? {
            if follower.state == .idle { handle(.started) }
            while !Task.isCancelled {
                if !ready.isEmpty { return ready.removeFirst() }
                if !effects.isEmpty {
                    await perform(effects.removeFirst())
                } else {
                    await read()
                }
            }
            return nil
        }
    }
}

extension Follow.Iterator {
    private mutating func handle(_ event: Follower.Event) {
        let draw = Double.random(in: 0..<1)
        effects += follower.handle(event, at: .now, draw: draw)
    }

    private mutating func perform(_ effect: Follower.Effect) async {
        switch effect {
        case .list: await list()
        case .watch(let version, let lifetime): await open(from: version, lifetime: lifetime)
        case .pause(let duration):
            // Cancelled: the loop sees it next.
            try? await Task.sleep(for: duration)
            handle(.pauseEnded)
        case .reportInterrupted(let error): ready.append(.interrupted(error))
        case .reportResumed: ready.append(.resumed)
        }
    }

    private mutating func list() async {
        do {
            let list = try await follow.client.list(R.self, in: follow.namespace, follow.selector)
            ready.append(.snapshot(list.items))
            handle(.listed(resourceVersion: list.resourceVersion))
        } catch {
            handle(.listFailed(error))
        }
    }

    private mutating func open(from version: String, lifetime: Duration) async {
        do {
            watch = try await follow.client.watch(
                R.self, in: follow.namespace, follow.selector, from: version, lifetime: lifetime)
            handle(.watchOpened)
        } catch {
            handle(.watchFailed(error))
        }
    }

    /// Waits for the next event of the open watch.
    private mutating func read() async {
        guard var stream = watch.take() else {
            preconditionFailure("nothing to wait for while \(follower.state)")
        }
        do {
            let event = try await stream.next()
            if event != nil { watch = stream }
            take(event)
        } catch {
            handle(.watchFailed(error))
        }
    }

    private mutating func take(_ event: WatchEvent<R>?) {
        switch event {
        case .changed(let object):
            ready.append(.changed(object))
            handle(.advanced(resourceVersion: object.metadata.resourceVersion))
        case .removed(let object):
            ready.append(.removed(object))
            handle(.advanced(resourceVersion: object.metadata.resourceVersion))
        case .bookmark(let version): handle(.advanced(resourceVersion: version))
        case .failed(let status):
            watch = nil
            let path = APIRequest.path(R.self, namespace: follow.namespace)
            let cause = KubernetesError.Cause.refused(KubernetesError.Refusal(status))
            handle(.watchFailed(KubernetesError(verb: .watch, path: path, cause: cause)))
        case nil: handle(.watchEnded)
        }
    }
}

extension Instant {
    /// The clock of this machine that counts through suspend.
    fileprivate static var now: Instant {
        Instant(nanoseconds: (ContinuousClock.now - origin).nanoseconds)
    }

    private static let origin = ContinuousClock.now
}

extension KubernetesClient {
    /// All objects of a kind, then every change; an empty namespace means all namespaces.
    package func follow<R: Resource>(
        _ type: R.Type, in namespace: String = "", _ selector: ListSelector = .all
    ) -> Follow<R> {
        Follow(client: self, namespace: namespace, selector: selector)
    }

    /// Opens a watch for what changes after `version`.
    func watch<R: Resource>(
        _ type: R.Type, in namespace: String, _ selector: ListSelector, from version: String,
        lifetime: Duration
    ) async throws(KubernetesError) -> WatchStream<R> {
        let path = APIRequest.path(R.self, namespace: namespace)
        var request = APIRequest(verb: .watch, path: path, query: selector.query)
        request.query += [
            ("watch", "true"), ("allowWatchBookmarks", "true"), ("resourceVersion", version),
            ("timeoutSeconds", "\(lifetime.milliseconds / 1_000)"),
        ]
        return WatchStream(request: request, response: try await open(request))
    }
}
