import HTTPServing
import NIOCore
import NIOPosix

/// One watch: a stream of changes from a version on, as `{"type":…,"object":…}` lines.
///
/// It reads the history at its own pace, so a slow client costs nothing and is told 410 when it
/// has fallen too far behind.
struct Watch: Sendable {
    /// How long a watch lasts when the client does not say; the longest it may ask for.
    static let timeoutMax = Duration.seconds(3_600)
    /// Bookmarks keep a client's version fresh while nothing it watches changes.
    static let bookmarkInterval = Duration.seconds(30)
    /// Changes read from the history at a time.
    static let batchMax = 100

    let store: ObjectStore
    let target: RequestTarget
    let options: ReadOptions

    func stream(to output: HTTPStream) async throws {
        let (id, wakes, wake) = await store.beginWatch(target.resource.qualifiedName)
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let timeout = min(options.timeout ?? Self.timeoutMax, Self.timeoutMax)
        let end = loop.scheduleTask(in: .init(timeout)) { wake.finish() }
        let bookmarks = loop.scheduleRepeatedTask(
            initialDelay: .init(Self.bookmarkInterval), delay: .init(Self.bookmarkInterval)
        ) { _ in wake.yield() }
        var failure: (any Error)?
        do {
            try await deliverOrTellWhyNot(wakes, to: output)
        } catch {
            // Most often the client is gone; whatever it is, the watch has to be ended.
            failure = error
        }
        end.cancel()
        bookmarks.cancel()
        await store.endWatch(id)
        if let failure { throw failure }
    }

    private func deliverOrTellWhyNot(
        _ wakes: AsyncStream<Void>, to output: HTTPStream
    ) async throws {
        do {
            try await deliver(wakes, to: output)
        } catch let error as APIError {
            // Too late for a status code: the stream says it.
            try await output.write(line("ERROR", error.status))
        }
    }

    private func deliver(_ wakes: AsyncStream<Void>, to output: HTTPStream) async throws {
        var state = Delivery()
        var cursor = options.resourceVersion ?? 0
        if cursor == 0 {
            cursor = await store.version
            let objects = try await store.objects(target.resource.qualifiedName, at: cursor)
            let found = objects.map(\.value).filter { options.matches($0, target) }
            for object in found { try await output.write(event("ADDED", object, &state)) }
        }
        try await catchUp(&cursor, &state, to: output)
        for await _ in wakes {
            try await catchUp(&cursor, &state, to: output)
            guard options.wantsBookmarks, state.bookmarkIsDue else { continue }
            try await output.write(bookmark(cursor, &state))
        }
        // The time is over: the client goes on from here.
        if options.wantsBookmarks { try await output.write(bookmark(cursor, &state)) }
    }

    private func catchUp(
        _ cursor: inout Int64, _ state: inout Delivery, to output: HTTPStream
    ) async throws {
        while true {
            let batch = try await store.changes(
                of: target.resource.qualifiedName, after: cursor, limit: Self.batchMax)
            cursor = batch.upTo
            var bytes: [UInt8] = []
            for change in batch.changes {
                guard let type = type(of: change) else { continue }
                var object = change.object
                if type == "DELETED", let previous = change.previous {
                    object = previous
                    object["metadata", "resourceVersion"] = .string("\(change.version)")
                }
                bytes += event(type, object, &state)
            }
            try await output.write(bytes)
            if batch.changes.count < Self.batchMax { return }
        }
    }

    /// What a change is to this watch's selectors: an object that stops matching is deleted to it.
    private func type(of change: Change) -> String? {
        let matched = change.previous.map { options.matches($0, target) } ?? false
        let matches = change.kind != .deleted && options.matches(change.object, target)
        switch (matched, matches) {
        case (false, false): return nil
        case (false, true): return "ADDED"
        case (true, true): return "MODIFIED"
        case (true, false): return "DELETED"
        }
    }

    /// What one watch has said so far.
    private struct Delivery {
        var hasColumns = false
        var lastBookmark = ContinuousClock.now

        var bookmarkIsDue: Bool {
            lastBookmark.duration(to: .now) >= Watch.bookmarkInterval / 2
        }
    }

    private func event(_ type: String, _ object: JSONValue, _ state: inout Delivery) -> [UInt8] {
        guard case .table(let includeObject) = options.form else { return line(type, object) }
        let version = object["metadata", "resourceVersion"] ?? ""
        let shown = table(
            [object], of: target.resource, metadata: ["resourceVersion": version],
            withColumns: !state.hasColumns, includeObject: includeObject, now: .now)
        state.hasColumns = true
        return line(type, shown)
    }

    private func bookmark(_ version: Int64, _ state: inout Delivery) -> [UInt8] {
        state.lastBookmark = .now
        let metadata: JSONValue = [
            "resourceVersion": .string("\(version)"), "creationTimestamp": .null,
        ]
        let object: JSONValue = [
            "kind": .string(target.resource.kind),
            "apiVersion": .string(target.resource.apiVersion), "metadata": metadata,
        ]
        guard case .table = options.form else { return line("BOOKMARK", object) }
        let shown = table(
            [], of: target.resource, metadata: ["resourceVersion": .string("\(version)")],
            withColumns: !state.hasColumns, includeObject: "None", now: .now)
        state.hasColumns = true
        return line("BOOKMARK", shown)
    }

    private func line(_ type: String, _ object: JSONValue) -> [UInt8] {
        JSONValue.object(["type": .string(type), "object": object]).serialized
            + [UInt8(ascii: "\n")]
    }
}
