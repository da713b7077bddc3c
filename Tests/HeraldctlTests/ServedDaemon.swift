import Foundation
import Glibc
import HTTPServing
import Laboratory
import Status
import Synchronization

/// A control socket that answers what it was given.
struct ServedDaemon {
    let socketPath: String

    /// Runs the real program with the words of `command` against this socket.
    func heraldctl(_ command: String) async throws -> Command {
        try await HeraldctlTests.heraldctl(command, socket: socketPath)
    }
}

/// Serves while `body` runs; the answers are those of the `full` goldens unless given.
func withDaemon(
    status: [UInt8]? = nil, services: [UInt8]? = nil,
    _ body: @escaping (ServedDaemon) async throws -> Void
) async throws {
    let status = try status ?? Answers.json("status-full.json")
    let services = try services ?? Answers.json("services.json")
    let (history, plan) = try (Answers.json("history.json"), Answers.json("plan.json"))
    try await withDaemon(
        respond: { request in
            switch (request.method, "/" + request.path.joined(separator: "/")) {
            case ("GET", ControlSocket.statusPath): HTTPResponse(json: status)
            case ("GET", ControlSocket.servicesPath): HTTPResponse(json: services)
            case ("GET", ControlSocket.historyPath): HTTPResponse(json: history)
            case ("GET", ControlSocket.rebalancePath): HTTPResponse(json: plan)
            case ("POST", ControlSocket.rebalancePath):
                HTTPResponse(json: Array("{\"moves\":[]}".utf8))
            case ("POST", ControlSocket.drainPath):
                HTTPResponse(json: drainAnswer(to: request, drained: true))
            case ("POST", ControlSocket.undrainPath):
                HTTPResponse(json: drainAnswer(to: request, drained: false))
            default: HTTPResponse(status: 404, text: "no such path\n")
            }
        }, body)
}

/// As the daemon of n3 answers.
private func drainAnswer(to request: HTTPRequest, drained: Bool) -> [UInt8] {
    let node = request.query.first { $0.name == "node" }?.value ?? "n3"
    let answer = DrainAnswer(node: node, drained: drained, isOrdered: node != "n3")
    return Array(answer.document.json(.compact).utf8)
}

func withDaemon(
    respond: @escaping HTTPServer.Respond, _ body: (ServedDaemon) async throws -> Void
) async throws {
    let folder = try TemporaryFolder()
    let path = folder.path("herald.sock")
    let server = try HTTPServer(
        configuration: HTTPServerConfiguration(endpoint: .unixSocket(path: path)),
        respond: respond)
    let serving = Task { try await server.run() }
    defer { serving.cancel() }
    try await body(ServedDaemon(socketPath: path))
}

func heraldctl(_ command: String, socket: String) async throws -> Command {
    let words = command.split(separator: " ").map { String($0) }
    return try await Command.runAside(BuiltProgram.path("heraldctl"), words + ["--socket", socket])
}

/// A Unix socket without a server's manners: bound, perhaps listening, accepting only when told.
final class RawSocket: Sendable {
    let path: String
    private let descriptor: Int32

    /// A call that failed while the socket was made.
    struct Failure: Error {
        let call: String
        let errno: Int32
    }

    init(path: String, isListening: Bool) throws {
        self.path = path
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw Failure(call: "socket", errno: errno) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let bound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard bound == 0 else { throw Failure(call: "bind \(path)", errno: errno) }
        guard !isListening || listen(descriptor, 8) == 0 else {
            throw Failure(call: "listen", errno: errno)
        }
    }

    deinit { close(descriptor) }

    /// Accepts one connection, reads the question, writes `text`, closes.
    func answerOnce(_ text: String) {
        Thread.detachNewThread { [self] in
            let connection = accept(descriptor, nil, nil)
            var question = [UInt8](repeating: 0, count: 4_096)
            _ = read(connection, &question, question.count)
            _ = text.withCString { write(connection, $0, strlen($0)) }
            close(connection)
        }
    }
}
