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
    private static let timeoutMax = Duration.seconds(3_600)
    /// Bookmarks keep a client's version fresh while nothing it watches changes.
    private static let bookmarkInterval = Duration.seconds(30)

    private let store: ObjectStore
    private let target: RequestTarget
    private let options: ReadOptions
    /// The version up to which everything has been said.
    private var cursor: Int64
    private var hasColumns = false
    private var lastBookmark = ContinuousClock.now

    init(store: ObjectStore, target: RequestTarget, options: ReadOptions) {
        self.store = store
        self.target = target
        self.options = options
        cursor = options.resourceVersion ?? 0
    }

    /// Returns when the time is over, the client is gone, or the history does not reach back.
    mutating func stream(to output: HTTPStream) async throws {
        let (id, wakes, wake) = await store.beginWatch(target.resource.qualifiedName)
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let timeout = min(options.timeout ?? Self.timeoutMax, Self.timeoutMax)
        let end = loop.scheduleTask(in: .init(timeout)) { wake.finish() }
        let bookmarks = loop.scheduleRepeatedTask(
            initialDelay: .init(Self.bookmarkInterval), delay: .init(Self.bookmarkInterval)
        ) { _ in wake.yield() }
        let outcome: Result<Void, any Error>
        do {
            outcome = .success(try await deliver(wakes, to: output))
        } catch {
            // Most often the client is gone; whatever it is, the watch has to be ended.
            outcome = .failure(error)
        }
        end.cancel()
        bookmarks.cancel()
        await store.endWatch(id)
        try outcome.get()
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
        for object in try objects.list(target.resource.qualifiedName).map(\.value)
        where options.matches(object, target) {
            try await output.write(event("ADDED", object))
        }
        cursor = objects.version
    }

    /// Says what has changed, until nothing more has changed meanwhile.
    private mutating func catchUp(to output: HTTPStream) async throws {
        while case let changes = try await store.objects.changes(after: cursor), !changes.isEmpty {
            for change in changes where change.resource == target.resource.qualifiedName {
                try await output.write(event(for: change))
            }
            cursor = changes.last?.version ?? cursor
        }
    }

    /// What a change is to this watch's selectors: an object that stops matching is deleted to it.
    private mutating func event(for change: Change) -> [UInt8] {
        let previous = change.previous.flatMap { options.matches($0, target) ? $0 : nil }
        let matches = change.kind != .deleted && options.matches(change.object, target)
        if matches { return event(previous == nil ? "ADDED" : "MODIFIED", change.object) }
        guard var last = previous else { return [] }
        last["metadata", "resourceVersion"] = .string("\(change.version)")
        return event("DELETED", last)
    }

    private mutating func event(_ type: String, _ object: JSONValue) -> [UInt8] {
        defer { hasColumns = true }
        return line(
            type, options.form.shown(object, of: target.resource, withColumns: !hasColumns))
    }

    private mutating func deliverBookmark(to output: HTTPStream) async throws {
        guard options.wantsBookmarks else { return }
        lastBookmark = .now
        let version: JSONValue = .string("\(cursor)")
        let object: JSONValue = [
            "kind": .string(target.resource.kind),
            "apiVersion": .string(target.resource.apiVersion),
            "metadata": ["resourceVersion": version, "creationTimestamp": .null],
        ]
        var shown = options.form.shown(object, of: target.resource, withColumns: !hasColumns)
        // A Table's bookmark has no row.
        if case .table = options.form { shown["rows"] = [] }
        try await output.write(line("BOOKMARK", shown))
    }

    private func line(_ type: String, _ object: JSONValue) -> [UInt8] {
        (["type": .string(type), "object": object] as JSONValue).serialized + "\n".utf8
    }
}
