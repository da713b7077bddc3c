import Dispatch

/// All objects, in memory and on disk, and the watches on them.
///
/// A write is visible, to reads and watches, only after it is on disk.
actor ObjectStore {
    /// A write after `use`: the server is shutting down.
    struct Closed: Error {}

    private let queue = StorageQueue()
    /// nil once the store is closed.
    private var log: ChangeLog?
    private(set) var objects: Objects
    private var watches: [Int: (resource: String, wake: AsyncStream<Void>.Continuation)] = [:]
    private var nextWatch = 0

    nonisolated var unownedExecutor: UnownedSerialExecutor { queue.asUnownedSerialExecutor() }

    init(path: String) throws {
        let log = try ChangeLog(path: path)
        objects = try log.replayed()
        self.log = log
    }

    /// Runs `body`, then gives the file free: later writes throw.
    func use(_ body: @Sendable () async throws -> Void) async throws {
        defer { log = nil }
        try await body()
    }

    var version: Int64 { objects.version }

    /// Runs `body` and commits what it wrote, all or nothing; nothing is kept of a dry run.
    func write<Outcome: Sendable>(
        dryRun: Bool = false, _ body: @Sendable (inout Objects) throws -> Outcome
    ) throws -> Outcome {
        var written = objects
        let outcome = try body(&written)
        let changes = try written.changes(after: version)
        guard !dryRun, !changes.isEmpty else { return outcome }
        guard let log else { throw Closed() }
        try log.commit(changes, forgotten: written.trim())
        objects = written
        let touched = Set(changes.map(\.resource))
        for watch in watches.values where touched.contains(watch.resource) { watch.wake.yield() }
        return outcome
    }

    /// Runs `body` with a stream that yields after changes to a resource, and what wakes or ends it.
    func watch(
        _ resource: String,
        _ body: @Sendable (AsyncStream<Void>, AsyncStream<Void>.Continuation) async throws -> Void
    ) async throws {
        let (wakes, wake) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        nextWatch += 1
        let id = nextWatch
        watches[id] = (resource, wake)
        defer { watches[id] = nil }
        try await body(wakes, wake)
    }

    /// Watches that were begun and have not ended.
    var watchCount: Int { watches.count }
}

/// The executor of the object store: a queue of its own, so that waiting for the disk never holds
/// a thread of the cooperative pool.
private final class StorageQueue: SerialExecutor {
    private let queue = DispatchQueue(label: "herald.embedded-api.storage")

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
    }
}
