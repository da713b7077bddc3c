import Foundation
import Synchronization

/// A TCP or Unix connection that sends exactly these bytes, as no well-behaved client would.
final class RawClient: Sendable {
    private let descriptor: CInt

    struct Failure: Error {}

    init(port: Int) throws {
        descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let connected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 else { throw Failure() }
    }

    deinit { close(descriptor) }

    /// Makes the kernel hold as little as it can for a client that does not read.
    func shrinkReceiveBuffer() {
        var size: CInt = 4_096
        setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<CInt>.size))
    }

    func send(_ text: String) { send(Array(text.utf8)) }

    func send(_ bytes: [UInt8]) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                Foundation.send(descriptor, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL))
            }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }

    /// Everything until the server closes, or until `bound` has passed without a byte.
    func readToEnd(within bound: Duration = .seconds(10)) async throws -> (
        text: String, isClosed: Bool
    ) {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread { [self] in
                continuation.resume(with: Result { readNow(within: bound) })
            }
        }
    }

    private func readNow(within bound: Duration) -> (text: String, isClosed: Bool) {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0xA5, count: 65_536)
        var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        while poll(&waiting, 1, CInt(bound / .milliseconds(1))) > 0 {
            let count = recv(descriptor, &chunk, chunk.count, 0)
            guard count > 0 else { return (String(decoding: bytes, as: UTF8.self), true) }
            bytes += chunk[..<count]
        }
        return (String(decoding: bytes, as: UTF8.self), false)
    }
}

/// A value that tasks share.
final class Shared<Value: Sendable>: Sendable {
    private let box: Mutex<Value>

    init(_ value: Value) { box = Mutex(value) }

    var value: Value { box.withLock { $0 } }

    func update(_ change: @Sendable (inout Value) -> Void) { box.withLock { change(&$0) } }

    /// Looks every 5 ms until `condition` holds; false when it did not within `bound`.
    func becomes(
        within bound: Duration = .seconds(10), _ condition: @Sendable (Value) -> Bool
    ) async -> Bool {
        let deadline = ContinuousClock.now.advanced(by: bound)
        while ContinuousClock.now < deadline {
            if condition(value) { return true }
            await withCheckedContinuation { continuation in
                Thread.detachNewThread {
                    usleep(5_000)
                    continuation.resume()
                }
            }
        }
        return false
    }
}
