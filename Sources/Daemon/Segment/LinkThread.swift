import Addressing
import LinkLayer
import Logging
import Synchronization
import Timing

/// Reads the node's links from the kernel.
package typealias LinkReading = @Sendable (inout LinkMonitor) throws(SystemCallError) -> LinkTable

/// Follows the node's links on a thread of its own: to read them waits for the kernel's lock on them,
/// which others may hold for seconds, just when links come and go.
///
/// Of the tables that differ from the one before, the segment loop finds the newest.
final class LinkThread: Sendable {
    /// What became readable, as the poll's tokens.
    private enum Source: UInt64 {
        case stop, changes
    }

    private let retryInterval: Duration
    private let reading: LinkReading
    private let logger: Logger
    private let newest = Mutex<LinkTable?>(nil)
    private let news: WakeUp
    private let stops = Atomic(false)
    private let wakeUp: WakeUp
    private let thread = Mutex<DedicatedThread?>(nil)

    /// - Parameter retryInterval: between a read that failed and the next.
    init(
        retryInterval: Duration, logger: Logger, reading: @escaping LinkReading
    ) throws(SystemCallError) {
        self.retryInterval = retryInterval
        self.reading = reading
        self.logger = logger
        news = try WakeUp()
        wakeUp = try WakeUp()
    }

    /// For `EventPoll`; readable once the first read is over, whatever came of it, and whenever there
    /// is another table.
    var descriptorNumber: Int32 { news.descriptorNumber }

    /// The newest table, if it was not taken yet; never waits.
    func take() -> LinkTable? {
        news.acknowledge()
        return newest.withLock { newest in
            defer { newest = nil }
            return newest
        }
    }

    /// Starts the thread, in the network namespace of the caller.
    ///
    /// - Parameter failed: told on that thread what ended it, when it was not `stop`.
    func start(failed: @escaping @Sendable (any Error) -> Void) throws(SystemCallError) {
        let thread = try DedicatedThread("the node's links") { [self] in
            do {
                try run()
            } catch {
                logger.critical("links are not followed any more", metadata: ["error": "\(error)"])
                failed(error)
                news.signal()
            }
        }
        self.thread.withLock { $0 = thread }
    }

    /// Ends the thread and waits for it.
    func stop() {
        stops.store(true, ordering: .releasing)
        wakeUp.signal()
        let thread = thread.withLock { thread in
            defer { thread = nil }
            return thread
        }
        thread?.join()
    }

    private func run() throws {
        // Where it is not permitted, the segment loop says so.
        try? DedicatedThread.scheduleRoundRobin(priority: ResponderThread.roundRobinPriority)
        let poll = try EventPoll()
        try poll.add(wakeUp.descriptorNumber, as: Source.stop.rawValue)
        var work = LinkWork(try LinkMonitor(), reading, retryInterval, logger)
        try work.watch(poll, as: Source.changes.rawValue)
        var isFirst = true
        while true {
            var hasChanges = false
            try poll.wait(timeoutMilliseconds: work.waitMilliseconds(at: .now())) { token in
                switch Source(rawValue: token) {
                case .changes: hasChanges = true
                case .stop, nil: wakeUp.acknowledge()
                }
            }
            guard !stops.load(ordering: .acquiring) else { return }
            let table = work.turn(hasChanges, poll, as: Source.changes.rawValue)
            if let table { newest.withLock { $0 = table } }
            if isFirst || table != nil { news.signal() }
            isFirst = false
        }
    }
}

/// What was read last, and when to read again. Belongs to the links' thread.
private struct LinkWork: ~Copyable {
    private var monitor: LinkMonitor
    private let reading: LinkReading
    private let retryInterval: Duration
    private let logger: Logger
    private var last: LinkTable?
    private var isStale = true
    /// A call failed: the monitor is to have other sockets.
    private var isBroken = false
    /// After a failed read the next waits: the thread has priority over all that may have to run
    /// before the links stand still.
    private var readsAgainAt = Instant.zero
    /// Why the links could last not be read, so that it is said once.
    private var complaint: String?

    init(
        _ monitor: consuming LinkMonitor, _ reading: @escaping LinkReading,
        _ retryInterval: Duration, _ logger: Logger
    ) {
        self.monitor = monitor
        self.reading = reading
        self.retryInterval = retryInterval
        self.logger = logger
    }

    borrowing func watch(_ poll: borrowing EventPoll, as token: UInt64) throws(SystemCallError) {
        try poll.add(monitor.descriptorNumber, as: token)
    }

    /// How long nothing is to be done; -1: until there is a change.
    borrowing func waitMilliseconds(at now: Instant) -> Int32 {
        guard isStale else { return -1 }
        guard now < readsAgainAt else { return 0 }
        return Int32(clamping: (readsAgainAt - now).milliseconds + 1)
    }

    /// The table, when it was read and is another.
    mutating func turn(
        _ hasChanges: Bool, _ poll: borrowing EventPoll, as token: UInt64
    ) -> LinkTable? {
        do throws(SystemCallError) {
            if hasChanges { isStale = try monitor.drainChanges() || isStale }
            guard isStale, Instant.now() >= readsAgainAt else { return nil }
            if isBroken {
                try monitor.reopen()
                try watch(poll, as: token)
                isBroken = false
            }
            let table = try reading(&monitor)
            isStale = false
            if complaint != nil { logger.notice("the node's links can be read again") }
            complaint = nil
            guard table != last else { return nil }
            last = table
            return table
        } catch {
            failed(error, poll)
            return nil
        }
    }

    /// Fail static: what is known stays, and it is tried again.
    private mutating func failed(_ error: SystemCallError, _ poll: borrowing EventPoll) {
        // It may not be there any more, and must not be told of until there is another.
        try? poll.remove(monitor.descriptorNumber)
        isBroken = true
        isStale = true
        readsAgainAt = .now() + retryInterval
        let text = "\(error)"
        guard complaint != text else { return }
        complaint = text
        logger.error("the node's links cannot be read", metadata: ["error": "\(text)"])
    }
}
