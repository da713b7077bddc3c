import CLinux
import Foundation
import Synchronization

/// A network namespace of its own, made with iproute2 and deleted on `close` or with its holder.
///
/// The name holds this process's id, so that tests that run at once do not meet.
package final class NetworkNamespace: Sendable {
    package let name: String
    private let isClosed = Mutex(false)
    private static let count = Atomic(0)

    /// Makes the namespace, with its loopback up.
    package init(_ role: String = "node") throws {
        let number = Self.count.add(1, ordering: .relaxed).newValue
        name = "herald-\(getpid())-\(number)-\(role)"
        try Self.ip(["netns", "add", name])
        try ip("link", "set", "lo", "up")
    }

    deinit { close() }

    /// Deletes the namespace, and with it the links in it; harmless when called again.
    package func close() {
        let wasClosed = isClosed.withLock { isClosed in
            defer { isClosed = true }
            return isClosed
        }
        if !wasClosed { _ = try? Self.ip(["netns", "delete", name]) }
    }

    /// `ip` in this namespace: `try node.ip("link", "set", "eth0", "down")`.
    @discardableResult
    package func ip(_ arguments: String...) throws -> String {
        try Self.ip(["-n", name] + arguments)
    }

    /// Sets a link down and up again, one right after the other.
    package func flap(_ link: String) throws {
        let steps = "link set \(link) down\nlink set \(link) up\n"
        let command = try Command.run("ip", ["-n", name, "-batch", "-"], input: steps)
        guard command.succeeded else {
            throw Command.Failure(description: "ip -batch: \(command.errorOutput)")
        }
    }

    /// Runs a program in this namespace to its end.
    @discardableResult
    package func run(
        _ program: String, _ arguments: [String] = [], environment: [String: String] = [:],
        input: String? = nil, timeout: Duration = .seconds(30)
    ) throws -> Command {
        try Command.run(
            "ip", ["netns", "exec", name, program] + arguments, environment: environment,
            input: input, timeout: timeout)
    }

    /// Starts a program in this namespace.
    package func start(
        _ program: String, _ arguments: [String] = [], environment: [String: String] = [:]
    ) throws -> RunningCommand {
        try RunningCommand(
            "ip", ["netns", "exec", name, program] + arguments, environment: environment)
    }

    /// Runs `body` on a thread that has entered this namespace, and waits for it.
    ///
    /// Sockets that it opens and threads that it starts belong to the namespace for good; a
    /// thread of the cooperative pool must never enter one.
    package func enter<Value: Sendable>(
        _ body: @escaping @Sendable () throws -> Value
    ) throws -> Value {
        let path = "/run/netns/\(name)"
        let outcome = Outcome<Value>()
        let done = DispatchSemaphore(value: 0)
        Thread.detachNewThread {
            let result = Result { () throws -> Value in
                try Self.enterNamespace(at: path)
                return try body()
            }
            outcome.result.withLock { $0 = result }
            done.signal()
        }
        done.wait()
        guard let result = outcome.result.withLock({ $0 }) else {
            throw Command.Failure(description: "the thread in \(name) gave no result")
        }
        return try result.get()
    }

    private final class Outcome<Value: Sendable>: Sendable {
        let result = Mutex<Result<Value, any Error>?>(nil)
    }

    private static func enterNamespace(at path: String) throws {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw Command.Failure(description: "open \(path): \(String(cString: strerror(errno)))")
        }
        defer { _ = Foundation.close(descriptor) }
        guard clinux_enter_network_namespace(descriptor) == 0 else {
            throw Command.Failure(description: "setns \(path): \(String(cString: strerror(errno)))")
        }
    }

    @discardableResult
    static func ip(_ arguments: [String]) throws -> String {
        let command = try Command.run("ip", arguments)
        guard command.succeeded else {
            let line = (["ip"] + arguments).joined(separator: " ")
            throw Command.Failure(description: "\(line): \(command.errorOutput)")
        }
        return command.output
    }
}
