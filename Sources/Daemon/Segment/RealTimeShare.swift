import Timing

/// How much of a core the responder may have as a real-time thread: a flood of requests must not
/// take it from everything else, the kernel's threads that bring hellos among it.
///
/// Legal transitions: real-time → ordinary, at once when the share is used up; ordinary → real-time,
/// after a calm time.
struct RealTimeShare {
    /// What is worked is counted anew after so long.
    static let window: Duration = .milliseconds(20)
    /// Of a window: more ends the real-time priority.
    static let busyMax: Duration = .milliseconds(10)
    /// Of a window: no more makes it a calm one.
    static let calmMax: Duration = .milliseconds(2)
    /// So many calm windows in a row give the priority back.
    static let calmWindowsMin: Int64 = 5
    /// When to look again while nothing wakes the thread.
    static let calmTime: Duration = .milliseconds(100)

    private(set) var isRealTime = true
    private var windowStart = Instant.zero
    private var busy = Duration.zero
    private var calmWindows: Int64 = 0

    /// Counts a turn's work; a turn of no length says that nothing happened until then.
    mutating func worked(from start: Instant, until end: Instant) {
        if start >= windowStart + Self.window { beginWindow(at: start) }
        busy += end - start
        if busy > Self.busyMax {
            isRealTime = false
            calmWindows = 0
        }
    }

    private mutating func beginWindow(at start: Instant) {
        let windows = (start - windowStart).nanoseconds / Self.window.nanoseconds
        calmWindows = busy <= Self.calmMax ? calmWindows + windows : windows - 1
        if calmWindows >= Self.calmWindowsMin { isRealTime = true }
        windowStart = start
        busy = .zero
    }
}
