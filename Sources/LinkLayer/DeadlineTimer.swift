import CLinux
import Glibc
import Timing

/// Becomes readable at an instant: timerfd(2) on CLOCK_BOOTTIME.
package struct DeadlineTimer: ~Copyable {
    private let descriptor: FileDescriptor

    package init() throws(SystemCallError) {
        descriptor = try FileDescriptor(
            timerfd_create(CLOCK_BOOTTIME, Kernel.timerFlags), from: "timerfd_create",
            on: "deadline timer")
    }

    /// For `EventPoll`; readable from the deadline until `acknowledge` or `arm`.
    package var descriptorNumber: Int32 { descriptor.number }

    /// Sets the deadline in place of the last one; nil is never, the past is at once.
    package borrowing func arm(at deadline: Instant?) throws(SystemCallError) {
        var setting = itimerspec()
        if let deadline {
            // All zero would disarm: the origin of the clock is as good as one nanosecond later.
            let nanoseconds = max(deadline.nanoseconds, 1)
            setting.it_value.tv_sec = Int(nanoseconds / 1_000_000_000)
            setting.it_value.tv_nsec = Int(nanoseconds % 1_000_000_000)
        }
        try SystemCallError.check(
            timerfd_settime(descriptor.number, Kernel.timerAbsolute, &setting, nil),
            "timerfd_settime", on: "deadline timer")
    }

    /// Makes the timer unreadable until the next deadline.
    package borrowing func acknowledge() {
        var expirations: UInt64 = 0
        _ = read(descriptor.number, &expirations, 8)
    }
}
