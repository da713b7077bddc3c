import Foundation
import JSON
import Laboratory
import Logging
import Testing

@testable import EmbeddedAPI

/// The server in this process on a free port, with its own folder, and real kubectl against it.
struct Cluster: Sendable {
    let folder: String
    let server: EmbeddedAPIServer

    /// Runs `body` while a server runs; the folder goes away afterwards unless it was given.
    static func running<Outcome: Sendable>(
        in given: String? = nil, _ body: @Sendable @escaping (Cluster) async throws -> Outcome
    ) async throws -> Outcome {
        let folder = given ?? NSTemporaryDirectory() + "herald-api-\(UUID().uuidString)"
        defer { if given == nil { try? FileManager.default.removeItem(atPath: folder) } }
        let server = try EmbeddedAPIServer(
            configuration: EmbeddedAPIConfiguration(
                stateDirectory: folder, listenPort: 0, nodeName: "n1",
                internalIPs: ["192.0.2.1", "2001:db8::1"]),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let cluster = Cluster(folder: folder, server: server)
        return try await withThrowingTaskGroup(of: Outcome?.self) { group in
            group.addTask {
                try await server.run()
                return nil
            }
            group.addTask { try await body(cluster) }
            defer { group.cancelAll() }
            while let outcome = try await group.next() {
                if let outcome { return outcome }
            }
            throw Ended()
        }
    }

    /// The server ended before the test did.
    struct Ended: Error {}

    var token: String {
        get throws { try String(contentsOfFile: folder + "/api-token", encoding: .utf8) }
    }

    /// Runs kubectl to its end, with a cache of its own.
    func kubectl(_ line: String, input: String? = nil) async throws -> Command {
        try await kubectl(line.split(separator: " ").map(String.init), input: input)
    }

    func kubectl(_ arguments: [String], input: String? = nil) async throws -> Command {
        let all = ["--kubeconfig", server.kubeconfigPath] + arguments
        let environment = ["HOME": folder, "KUBECACHEDIR": folder + "/cache"]
        return try await Command.runAside(
            "kubectl", all, environment: environment, input: input)
    }

    /// kubectl's output; fails the test with what it said when it did not succeed.
    func output(
        _ line: String, input: String? = nil, location: SourceLocation = #_sourceLocation
    ) async throws -> String {
        let command = try await kubectl(line, input: input)
        #expect(command.succeeded, "\(line): \(command.errorOutput)", sourceLocation: location)
        return command.output
    }

    /// Starts kubectl and leaves it running; the caller ends it.
    func start(_ line: String) throws -> RunningCommand {
        try RunningCommand(
            "kubectl",
            ["--kubeconfig", server.kubeconfigPath] + line.split(separator: " ").map(String.init),
            environment: ["HOME": folder, "KUBECACHEDIR": folder + "/cache"])
    }

    /// One request by curl: the status code and the body.
    func request(
        _ method: String, _ path: String, body: String? = nil, headers: [String] = [],
        authorized: Bool = true
    ) async throws -> (code: Int, body: String) {
        let token = try token
        var arguments = [
            "-sS", "--cacert", folder + "/api-ca.crt", "-X", method, "-w", "\n%{http_code}",
        ]
        if authorized { arguments += ["-H", "Authorization: Bearer \(token)"] }
        for header in headers { arguments += ["-H", header] }
        if body != nil { arguments += ["--data-binary", "@-"] }
        if body != nil, headers.allSatisfy({ !$0.lowercased().hasPrefix("content-type") }) {
            arguments += ["-H", "Content-Type: application/json"]
        }
        let url = "https://127.0.0.1:\(server.port)\(path)"
        let all = arguments + [url]
        let command = try await Command.runAside("curl", all, input: body)
        try #require(command.succeeded, "curl \(path): \(command.errorOutput)")
        let lines = command.output.split(separator: "\n", omittingEmptySubsequences: false)
        return (Int(lines.last ?? "") ?? 0, lines.dropLast().joined(separator: "\n"))
    }
}

/// Runs blocking work on a thread of its own: the pool has few, and the server needs them.
func offPool<Outcome: Sendable>(
    _ work: @Sendable @escaping () throws -> Outcome
) async throws -> Outcome {
    try await withCheckedThrowingContinuation { continuation in
        Thread.detachNewThread { continuation.resume(with: Result { try work() }) }
    }
}

/// Asks again and again until `condition` holds; false when it did not within `bound`.
func eventually(
    within bound: Duration = .seconds(10), _ condition: () async throws -> Bool
) async throws -> Bool {
    let deadline = ContinuousClock.now.advanced(by: bound)
    while ContinuousClock.now < deadline {
        if try await condition() { return true }
        _ = try await offPool { usleep(20_000) }
    }
    return false
}

func json(_ text: String) throws -> JSONValue { try JSONValue(parsing: text.utf8) }
