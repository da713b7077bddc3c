/// All objects, in memory and on disk, and the watches on them.
///
/// A write is visible, to reads and watches, only after it is on disk.
actor ObjectStore {
    /// A write after `close`: the server is shutting down.
    struct Closed: Error {}

    private let queue = StorageQueue()
    /// nil once the store is closed.
    private var file: ObjectFile?
    private(set) var objects: Objects
    private var watches: [Int: (resource: String, wake: AsyncStream<Void>.Continuation)] = [:]
    private var nextWatch = 0

    nonisolated var unownedExecutor: UnownedSerialExecutor { queue.asUnownedSerialExecutor() }

    init(path: String) throws {
        let file = try ObjectFile(path: path)
        objects = Objects(try file.objects(), history: try file.changes())
        self.file = file
    }

    /// Gives the file free; later writes throw.
    func close() { file = nil }

    var version: Int64 { objects.version }

    /// Runs `body` and commits what it wrote, all or nothing; nothing is kept of a dry run.
    func write<Outcome: Sendable>(
        dryRun: Bool = false, _ body: @Sendable (inout Objects) throws -> Outcome
    ) throws -> Outcome {
        var written = objects
        let outcome = try body(&written)
        let changes = try written.changes(after: version)
        guard !dryRun, !changes.isEmpty else { return outcome }
        guard let file else { throw Closed() }
        written.trim()
        try file.commit(changes, forgettingBefore: written.oldestVersion)
        objects = written
        let touched = Set(changes.map(\.resource))
        for watch in watches.values where touched.contains(watch.resource) { watch.wake.yield() }
        return outcome
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
