import Glibc
import Timing

extension Instant {
    /// Reads the clock that counts through suspend: CLOCK_BOOTTIME.
    package static func now() -> Instant {
        var time = timespec()
        let result = clock_gettime(CLOCK_BOOTTIME, &time)
        precondition(result == 0, "clock_gettime(CLOCK_BOOTTIME) failed with errno \(errno)")
        return Instant(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }
}
