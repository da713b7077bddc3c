import CLinux
import Glibc

/// Waits for descriptors to become readable: epoll(7), level-triggered.
///
/// Each descriptor is watched under a number of the caller's choice, which `wait` gives back.
package struct EventPoll: ~Copyable {
    /// How many ready descriptors one `wait` reports at most; the others come with the next.
    package static let eventsMax = 64

    private let descriptor: FileDescriptor
    private let events: UnsafeMutablePointer<epoll_event>

    package init() throws(SystemCallError) {
        descriptor = try FileDescriptor(
            epoll_create1(Kernel.epollCloseOnExec), from: "epoll_create1", on: "event poll")
        events = .allocate(capacity: Self.eventsMax)
    }

    deinit { events.deallocate() }

    /// Watches `watched` until it is closed or removed.
    package borrowing func add(_ watched: Int32, as token: UInt64) throws(SystemCallError) {
        var event = epoll_event(events: Kernel.readable, data: epoll_data_t(u64: token))
        try SystemCallError.check(
            epoll_ctl(descriptor.number, EPOLL_CTL_ADD, watched, &event), "epoll_ctl",
            on: "descriptor \(watched)")
    }

    package borrowing func remove(_ watched: Int32) throws(SystemCallError) {
        try SystemCallError.check(
            epoll_ctl(descriptor.number, EPOLL_CTL_DEL, watched, nil), "epoll_ctl",
            on: "descriptor \(watched)")
    }

    /// Waits until at least one descriptor is readable and gives each one's token to `body`.
    ///
    /// - Parameter timeoutMilliseconds: -1 waits for ever; 0 only looks.
    /// - Returns: how many were ready: 0 after the timeout, or when a signal came first.
    @discardableResult
    package borrowing func wait(
        timeoutMilliseconds: Int32 = -1, _ body: (UInt64) throws -> Void
    ) throws -> Int {
        let ready = epoll_wait(
            descriptor.number, events, Int32(Self.eventsMax), timeoutMilliseconds)
        guard ready >= 0 else {
            guard errno == EINTR else {
                throw SystemCallError("epoll_wait", on: "event poll", errno: errno)
            }
            return 0
        }
        for index in 0..<Int(ready) { try body(events[index].data.u64) }
        return Int(ready)
    }
}
