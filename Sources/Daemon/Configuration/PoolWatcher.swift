import Glibc
import LinkLayer
import Logging
import PoolFile
import Timing

/// A thread that waits for changes of the pool files and tells of them once they are quiet.
final class PoolWatcher: Sendable {
    private let wakeUp: WakeUp
    private let thread: DedicatedThread

    private enum Token: UInt64 {
        case stop
        case files
        case timer
    }

    /// Starts at once.
    ///
    /// - Parameter changed: told on the watcher's thread, first when watching has begun: what
    ///   changed before that is told too.
    init(
        path: String, logger: Logger, changed: @escaping @Sendable () -> Void
    ) throws(SystemCallError) {
        let wakeUp = try WakeUp()
        self.wakeUp = wakeUp
        thread = try DedicatedThread("pool files") {
            do {
                try Self.watch(path, until: wakeUp, logger: logger, changed: changed)
            } catch {
                logger.error(
                    "pool files are not watched, reload them by SIGHUP",
                    metadata: ["path": "\(path)", "error": "\(error)"])
            }
        }
    }

    /// Ends the thread and waits for it.
    func stop() {
        wakeUp.signal()
        thread.join()
    }

    private static func watch(
        _ path: String, until stop: WakeUp, logger: Logger, changed: () -> Void
    ) throws {
        var watch = try PoolWatch(path: path)
        let timer = try DeadlineTimer()
        let poll = try EventPoll()
        try poll.add(stop.descriptorNumber, as: Token.stop.rawValue)
        try poll.add(watch.descriptorNumber, as: Token.files.rawValue)
        try poll.add(timer.descriptorNumber, as: Token.timer.rawValue)
        var quiet = QuietPeriod()
        try watch.rearm()
        changed()
        var isStopped = false
        while !isStopped {
            try poll.wait { isStopped = isStopped || $0 == Token.stop.rawValue }
            let now = Instant.now()
            if watch.takeChanges() { quiet.changed(at: now) }
            if quiet.isOver(at: now) {
                quiet = QuietPeriod()
                try watch.rearm()
                changed()
            }
            try timer.arm(at: quiet.deadline)
        }
    }
}

/// Waits with a reload until nobody has written for a moment, but not for ever.
struct QuietPeriod: Hashable {
    /// After the last change.
    static let length = Duration.milliseconds(100)
    /// After the first change.
    static let lengthMax = Duration.seconds(1)

    private var first: Instant?
    private(set) var deadline: Instant?

    mutating func changed(at now: Instant) {
        let first = first ?? now
        self.first = first
        deadline = min(now + Self.length, first + Self.lengthMax)
    }

    func isOver(at now: Instant) -> Bool { deadline.map { $0 <= now } ?? false }
}
