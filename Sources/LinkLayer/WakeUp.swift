import CLinux
import Glibc

/// Lets any thread wake the one that waits in `EventPoll`: eventfd(2).
package final class WakeUp: Sendable {
    private let descriptor: FileDescriptor

    package init() throws(SystemCallError) {
        descriptor = try FileDescriptor(
            eventfd(0, Kernel.eventFlags), from: "eventfd", on: "wake-up")
    }

    /// For `EventPoll`; readable from `signal` until `acknowledge`.
    package var descriptorNumber: Int32 { descriptor.number }

    /// Never blocks; signals before the waiter looks are one.
    package func signal() {
        var one: UInt64 = 1
        _ = write(descriptor.number, &one, 8)
    }

    package func acknowledge() {
        var count: UInt64 = 0
        _ = read(descriptor.number, &count, 8)
    }
}
