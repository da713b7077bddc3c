import Glibc
import Synchronization

/// A thread of its own for work that must not wait for the cooperative pool.
///
/// It starts in the network namespace of the thread that makes it.
package final class DedicatedThread: Sendable {
    private let thread: Mutex<pthread_t?>

    /// Starts at once and runs `body` to its end.
    package init(
        _ purpose: String, _ body: @escaping @Sendable () -> Void
    ) throws(SystemCallError) {
        var started = pthread_t()
        let work = Unmanaged.passRetained(Work(body))
        let error = pthread_create(
            &started, nil,
            { context in
                guard let context else { return nil }
                Unmanaged<Work>.fromOpaque(context).takeRetainedValue().body()
                return nil
            }, work.toOpaque())
        guard error == 0 else {
            work.release()
            throw SystemCallError("pthread_create", on: "thread for \(purpose)", errno: error)
        }
        thread = Mutex(started)
    }

    /// Waits until `body` has returned; a second call returns at once.
    package func join() {
        let joined = thread.withLock { thread in
            defer { thread = nil }
            return thread
        }
        if let joined { pthread_join(joined, nil) }
    }

    /// Puts the calling thread, and no other, under SCHED_RR (sched(7)).
    ///
    /// Throws EPERM where neither CAP_SYS_NICE nor RLIMIT_RTPRIO permits it.
    package static func scheduleRoundRobin(priority: Int32) throws(SystemCallError) {
        try schedule(SCHED_RR, priority, "SCHED_RR priority \(priority)")
    }

    /// Puts the calling thread, and no other, among the ordinary ones: SCHED_OTHER.
    package static func scheduleOrdinarily() throws(SystemCallError) {
        try schedule(SCHED_OTHER, 0, "SCHED_OTHER")
    }

    private static func schedule(
        _ policy: Int32, _ priority: Int32, _ object: String
    ) throws(SystemCallError) {
        var parameters = sched_param()
        parameters.sched_priority = priority
        let error = pthread_setschedparam(pthread_self(), policy, &parameters)
        guard error == 0 else {
            throw SystemCallError("pthread_setschedparam", on: object, errno: error)
        }
    }

    private final class Work: Sendable {
        let body: @Sendable () -> Void

        init(_ body: @escaping @Sendable () -> Void) {
            self.body = body
        }
    }
}
