/// All objects, in memory and on disk, and the recent changes that watches resume from.
///
/// A write is visible, to reads and watches, only after it is on disk.
actor ObjectStore {
    /// Changes kept for watches; who asks for older ones is told 410 and lists again.
    static let historyLengthMax = 1_024

    /// A write after `close`: the server is shutting down.
    struct Closed: Error {}

    private let queue = StorageQueue()
    /// nil once the store is closed.
    private var file: ObjectFile?
    private var objects: [String: [ObjectKey: JSONValue]]
    private var history: [Change]
    private var watches: [Int: (resource: String, wake: AsyncStream<Void>.Continuation)] = [:]
    private var nextWatch = 0

    nonisolated var unownedExecutor: UnownedSerialExecutor { queue.asUnownedSerialExecutor() }

    init(path: String) throws {
        let file = try ObjectFile(path: path)
        objects = try file.objects()
        history = try file.changes()
        self.file = file
    }

    /// Gives the file free; later writes throw.
    func close() { file = nil }

    /// The version of the last write.
    var version: Int64 { history.last?.version ?? 0 }

    func object(_ resource: String, _ key: ObjectKey) -> JSONValue? { objects[resource]?[key] }

    /// The objects of a resource in order of namespace and name, as they were at `version`.
    ///
    /// Throws `Expired` (410) when that is too long ago.
    func objects(
        _ resource: String, at wanted: Int64? = nil
    ) throws(APIError) -> [(key: ObjectKey, value: JSONValue)] {
        var found = objects[resource] ?? [:]
        if let wanted, wanted < version {
            let later = try changes(after: wanted)
            for change in later.reversed() where change.resource == resource {
                found[change.key] = change.previous
            }
        }
        return found.sorted { $0.key < $1.key }
    }

    /// The changes of a resource after `cursor`, at most `limit`, and the version up to which they
    /// are complete. Throws `Expired` (410).
    func changes(
        of resource: String, after cursor: Int64, limit: Int
    ) throws(APIError) -> (changes: [Change], upTo: Int64) {
        let found = try changes(after: cursor).lazy.filter { $0.resource == resource }
            .prefix(limit)
        let list = Array(found)
        return (list, list.count < limit ? version : list.last?.version ?? version)
    }

    private func changes(after cursor: Int64) throws(APIError) -> ArraySlice<Change> {
        let oldest = history.first?.version ?? 1
        guard cursor >= oldest - 1, cursor <= version else {
            throw APIError(
                410, "Expired", "too old resource version: \(cursor) (\(oldest))")
        }
        return history[Int(cursor - (oldest - 1))...]
    }

    /// Runs `body` and commits what it wrote, all or nothing; nothing is kept of a dry run.
    func write<Outcome: Sendable>(
        dryRun: Bool = false, _ body: @Sendable (inout Transaction) throws -> Outcome
    ) throws -> Outcome {
        let (outcome, changes) = try staged(body)
        guard !dryRun, !changes.isEmpty else { return outcome }
        guard let file else { throw Closed() }
        let newest = version + Int64(changes.count)
        try file.commit(changes, forgettingBefore: newest - Int64(Self.historyLengthMax) + 1)
        for change in changes {
            objects[change.resource, default: [:]][change.key] =
                change.kind == .deleted ? nil : change.object
        }
        history.append(contentsOf: changes)
        let surplus = history.count - Self.historyLengthMax
        if surplus > 0 { history.removeFirst(surplus) }
        let touched = Set(changes.map(\.resource))
        for watch in watches.values where touched.contains(watch.resource) { watch.wake.yield() }
        return outcome
    }

    /// In a function of its own, so that the transaction's references to the objects are gone when
    /// they change: else each write would copy them all.
    private func staged<Outcome>(
        _ body: (inout Transaction) throws -> Outcome
    ) throws -> (Outcome, [Change]) {
        var transaction = Transaction(objects, version: version)
        let outcome = try body(&transaction)
        return (outcome, transaction.changes)
    }

    /// Yields after changes to a resource, until `endWatch`.
    func beginWatch(_ resource: String) -> (
        id: Int, wakes: AsyncStream<Void>, wake: AsyncStream<Void>.Continuation
    ) {
        let (wakes, wake) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        nextWatch += 1
        watches[nextWatch] = (resource, wake)
        return (nextWatch, wakes, wake)
    }

    func endWatch(_ id: Int) { watches[id] = nil }

    /// Watches that were begun and have not ended.
    var watchCount: Int { watches.count }
}
