import Addressing
import Glibc
import LinkLayer
import Timing
import Wire

/// Hears ARP on one link and says nothing.
final class Listener {
    private let socket: PacketSocket
    private let poll: EventPoll
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 256, alignment: 16)

    /// Opened in the namespace of the thread that calls.
    init(on linkName: String) throws {
        var monitor = try LinkMonitor()
        guard let link = try monitor.read().link(named: linkName) else {
            throw SystemCallError("netlink dump", on: linkName, errno: ENODEV)
        }
        socket = try PacketSocket(for: .arp, on: link, filter: .arp)
        let poll = try EventPoll()
        try poll.add(socket.descriptorNumber, as: 1)
        self.poll = poll
    }

    deinit { buffer.deallocate() }

    /// How many frames came within so long.
    func frames(within time: Duration) throws -> Int {
        var count = 0
        _ = try first(before: .now() + time) { _ in
            count += 1
            return false
        }
        return count
    }

    /// Forgets what came so far.
    func clear() throws {
        while try socket.receive(into: buffer) != nil {}
    }

    /// When the first frame that is wanted was seen; nil when none came in time.
    func first(before deadline: Instant, _ isWanted: (ARPFrame) -> Bool) throws -> Instant? {
        while true {
            let left = deadline - Instant.now()
            guard left > .zero else { return nil }
            try poll.wait(timeoutMilliseconds: Int32(clamping: left.milliseconds + 1)) { _ in }
            while let bytes = try socket.receive(into: buffer) {
                if let frame = try? ARPFrame(parsing: bytes), isWanted(frame) { return .now() }
            }
        }
    }
}

enum ProcessNumber {
    static let own = getpid()
}
