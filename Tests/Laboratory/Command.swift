import Foundation
import Synchronization

/// One run of a program: what it printed and how it ended.
package struct Command: Sendable {
    package let status: Int32
    package let output: String
    package let errorOutput: String

    package var succeeded: Bool { status == 0 }

    /// A program that could not be started, or that did not end in time.
    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    /// Runs `program` (searched in PATH) to its end.
    ///
    /// - Parameter timeout: after this the program is killed and `Failure` is thrown.
    /// - Parameter environment: added to this process's own.
    package static func run(
        _ program: String, _ arguments: [String] = [], environment: [String: String] = [:],
        input: String? = nil, timeout: Duration = .seconds(30)
    ) throws -> Command {
        let running = try RunningCommand(
            program, arguments, environment: environment, input: input)
        return try running.wait(timeout: timeout)
    }
}

/// A program that has been started and is still to end.
package final class RunningCommand: Sendable {
    private let process: Process
    private let name: String
    private let collected: Mutex<(output: Data, errorOutput: Data)>
    private let readers = DispatchGroup()

    package init(
        _ program: String, _ arguments: [String] = [], environment: [String: String] = [:],
        input: String? = nil
    ) throws {
        process = Process()
        collected = Mutex((Data(), Data()))
        name = ([program] + arguments).joined(separator: " ")
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [program] + arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        let output = Pipe()
        let errorOutput = Pipe()
        process.standardOutput = output
        process.standardError = errorOutput
        process.standardInput = try input.map(Self.file(holding:)) ?? FileHandle.nullDevice
        try Self.withNoSignalBlocked { try process.run() }
        drain(output) { $0.output.append($1) }
        drain(errorOutput) { $0.errorOutput.append($1) }
    }

    package var processIdentifier: Int32 { process.processIdentifier }
    package var isRunning: Bool { process.isRunning }

    /// What it printed so far on standard output.
    package var outputSoFar: String {
        collected.withLock { String(decoding: $0.output, as: UTF8.self) }
    }

    /// What it printed so far on standard error.
    package var errorOutputSoFar: String {
        collected.withLock { String(decoding: $0.errorOutput, as: UTF8.self) }
    }

    package func signal(_ number: Int32) {
        if process.isRunning { kill(process.processIdentifier, number) }
    }

    /// Waits for the end; kills the program and throws when `timeout` passes first.
    @discardableResult
    package func wait(timeout: Duration) throws -> Command {
        let deadline = ContinuousClock.now.advanced(by: timeout)
        while process.isRunning {
            guard ContinuousClock.now < deadline else {
                signal(SIGKILL)
                throw Command.Failure(
                    description: "\(name) did not end within \(timeout): \(errorOutputSoFar)")
            }
            usleep(2_000)
        }
        process.waitUntilExit()
        // A grandchild that inherited the pipe keeps it open: wait for the readers, not for ever.
        _ = readers.wait(timeout: .now() + 2)
        return Command(
            status: process.terminationReason == .exit
                ? process.terminationStatus : 128 + process.terminationStatus,
            output: outputSoFar, errorOutput: errorOutputSoFar)
    }

    /// A nameless file that holds `text`, at its start: unlike a pipe it does not mind, and raises no
    /// SIGPIPE, when the program ends without having read it.
    private static func file(holding text: String) throws -> FileHandle {
        guard let file = tmpfile() else {
            throw Command.Failure(description: "tmpfile: \(String(cString: strerror(errno)))")
        }
        defer { fclose(file) }
        let handle = FileHandle(fileDescriptor: dup(fileno(file)), closeOnDealloc: true)
        try handle.write(contentsOf: Data(text.utf8))
        try handle.seek(toOffset: 0)
        return handle
    }

    /// Threads of the cooperative pool block signals, and a program inherits what is blocked where
    /// it was started: it would never see SIGTERM.
    private static func withNoSignalBlocked(_ body: () throws -> Void) rethrows {
        var none = sigset_t()
        var before = sigset_t()
        sigemptyset(&none)
        pthread_sigmask(SIG_SETMASK, &none, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        try body()
    }

    private func drain(
        _ pipe: Pipe,
        append: @escaping @Sendable (inout (output: Data, errorOutput: Data), Data) -> Void
    ) {
        readers.enter()
        let handle = pipe.fileHandleForReading
        Thread.detachNewThread { [self] in
            // Not `read(upToCount:)`: that waits until the count is full or the program ends.
            while case let chunk = handle.availableData, !chunk.isEmpty {
                collected.withLock { append(&$0, chunk) }
            }
            readers.leave()
        }
    }
}
