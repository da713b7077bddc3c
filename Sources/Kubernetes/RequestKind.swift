import Synchronization

/// What requests are told apart by: `watch services`, `patch services/status`.
package struct RequestKind: Hashable, Sendable {
    package let verb: Verb
    /// The plural of the kind, perhaps with a subresource; the path of what is no resource.
    package let resource: String

    package init(verb: Verb, resource: String) {
        self.verb = verb
        self.resource = resource
    }
}

/// Counts requests by kind, from whatever task they are sent.
final class RequestCounter: Sendable {
    private let sent = Mutex<[RequestKind: Int64]>([:])

    var counts: [RequestKind: Int64] { sent.withLock { $0 } }

    func add(_ kind: RequestKind) {
        sent.withLock { $0[kind, default: 0] += 1 }
    }
}
