import HTTPServing
import JSON
import NIOCore
import NIOPosix

/// One watch: a stream of changes from a version on, as `{"type":…,"object":…}` lines.
///
/// It reads the history at its own pace, so a slow client costs nothing and is told 410 when it
/// has fallen too far behind.
struct Watch: Sendable {
    /// How long a watch lasts when the client does not say; the longest it may ask for.
    private static let secondsMax: Int64 = 3_600
    /// Bookmarks keep a client's version fresh while nothing it watches changes.
    private static let bookmarkInterval = Duration.seconds(30)

    private let store: ObjectStore
    private let selection: Selection
    private var resource: Resource { selection.resource }
    private let wantsBookmarks: Bool
    private let timeout: Duration
    /// The version up to which everything has been said.
    private var cursor: Int64
    private var form: Form
    private var lastBookmark = ContinuousClock.now

    init(_ request: HTTPRequest, _ selection: Selection, _ store: ObjectStore) throws {
        guard !request.isTrue("sendInitialEvents") else {
            let problem =
                "Forbidden: sendInitialEvents is not supported by Herald's embedded API: list, "
                + "then watch"
            throw APIError.invalid(
                selection.resource, "", FieldCauses("Forbidden", "sendInitialEvents", problem))
        }
        self.store = store
        self.selection = selection
        form = selection.form
        wantsBookmarks = request.isTrue("allowWatchBookmarks")
        let seconds = try request.number("timeoutSeconds") ?? 0
        timeout = .seconds(seconds > 0 ? min(seconds, Self.secondsMax) : Self.secondsMax)
        cursor = try request.number("resourceVersion") ?? 0
    }

    /// Returns when the time is over, or the history does not reach back. Throws when the client is
    /// gone.
    func stream(to output: HTTPStream) async throws {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let interval = TimeAmount(Self.bookmarkInterval)
        try await store.watch(resource.qualifiedName) { wakes, wake in
            let end = loop.scheduleTask(in: .init(timeout)) { wake.finish() }
            let ticks = loop.scheduleRepeatedTask(initialDelay: interval, delay: interval) { _ in
                wake.yield()
            }
            defer {
                end.cancel()
                ticks.cancel()
            }
            var watch = self
            try await watch.deliver(wakes, to: output)
        }
    }

    private mutating func deliver(_ wakes: AsyncStream<Void>, to output: HTTPStream) async throws {
        do {
            if cursor == 0 { try await deliverState(to: output) }
            try await catchUp(to: output)
            for await _ in wakes {
                try await catchUp(to: output)
                guard lastBookmark.duration(to: .now) >= Self.bookmarkInterval / 2 else { continue }
                try await deliverBookmark(to: output)
            }
            // The time is over: the client goes on from here.
            try await deliverBookmark(to: output)
        } catch let error as APIError {
            // Too late for a status code: the stream says it.
            try await output.write(line("ERROR", error.status))
        }
    }

    private mutating func deliverState(to output: HTTPStream) async throws {
        let objects = await store.objects
        for object in try objects.list(resource.qualifiedName).map(\.value)
        where selection.matches(object) {
            try await output.write(event("ADDED", object))
        }
        cursor = objects.version
    }

    /// Says what has changed, until nothing more has changed meanwhile.
    private mutating func catchUp(to output: HTTPStream) async throws {
        while case let changes = try await store.objects.changes(after: cursor), !changes.isEmpty {
            for change in changes where change.resource == resource.qualifiedName {
                try await output.write(event(for: change))
            }
            cursor = changes.last?.version ?? cursor
        }
    }

    /// What a change is to this watch's selectors: an object that stops matching is deleted to it.
    private mutating func event(for change: Change) -> [UInt8] {
        let previous = change.previous.flatMap { selection.matches($0) ? $0 : nil }
        if !change.isDeletion, selection.matches(change.object) {
            return event(previous == nil ? "ADDED" : "MODIFIED", change.object)
        }
        guard var last = previous else { return [] }
        last["metadata", "resourceVersion"] = .string("\(change.version)")
        return event("DELETED", last)
    }

    private mutating func event(_ type: String, _ object: JSONValue) -> [UInt8] {
        defer { form.withColumns = false }
        return line(type, form.shown(object, of: resource))
    }

    private mutating func deliverBookmark(to output: HTTPStream) async throws {
        guard wantsBookmarks else { return }
        lastBookmark = .now
        let metadata: JSONValue = [
            "resourceVersion": .string("\(cursor)"), "creationTimestamp": .null,
        ]
        let object: JSONValue =
            form.isTable
            ? form.shown([], metadata, of: resource)
            : [
                "kind": .string(resource.kind), "apiVersion": .string(resource.apiVersion),
                "metadata": metadata,
            ]
        try await output.write(line("BOOKMARK", object))
    }

    private func line(_ type: String, _ object: JSONValue) -> [UInt8] {
        (["type": .string(type), "object": object] as JSONValue).serialized + "\n".utf8
    }
}
