import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import Status

/// Asks one daemon over its control socket: one question, one answer, each on its own connection.
struct DaemonConnection {
    let socketPath: String

    /// From connecting to the last byte of the answer.
    static let answerTimeout = TimeAmount.seconds(5)
    /// A listing of 100,000 services is below 40 MiB.
    static let answerBytesMax = 256 << 20

    /// - Throws: `DaemonUnreachable`, `AnswerNotUnderstood`.
    func status() async throws -> DaemonStatus {
        try await ask(ControlSocket.statusPath) { try DaemonStatus(parsing: $0) }
    }

    func services() async throws -> ServiceListing {
        try await ask(ControlSocket.servicesPath) { try ServiceListing(parsing: $0) }
    }

    func history() async throws -> MoveHistory {
        try await ask(ControlSocket.historyPath) { try MoveHistory(parsing: $0) }
    }

    func rebalance(isDryRun: Bool) async throws -> RebalancePlan {
        try await ask(ControlSocket.rebalancePath, by: isDryRun ? .GET : .POST) {
            try RebalancePlan(parsing: $0)
        }
    }

    /// - Parameter node: nil: the asked daemon's own.
    func drain(_ drains: Bool, _ node: String?) async throws -> DrainAnswer {
        let query = node.map { "?node=\(percentEncoded($0))" } ?? ""
        let path = (drains ? ControlSocket.drainPath : ControlSocket.undrainPath) + query
        return try await ask(path, by: .POST) { try DrainAnswer(parsing: $0) }
    }

    private func ask<Answer>(
        _ path: String, by method: HTTPMethod = .GET, _ parse: ([UInt8]) throws -> Answer
    ) async throws -> Answer {
        let json = try await answer(to: method, path)
        do {
            return try parse(json)
        } catch {
            throw AnswerNotUnderstood(socketPath: socketPath, found: "\(error)")
        }
    }

    private func answer(to method: HTTPMethod, _ path: String) async throws -> [UInt8] {
        guard socketPath.utf8.count <= ControlSocket.pathBytesMax else {
            throw DaemonUnreachable(socketPath: socketPath, cause: .pathTooLong)
        }
        var configuration = HTTPClient.Configuration()
        configuration.httpVersion = .http1Only
        // A daemon that is down is to be reported at once.
        configuration.connectionPool.retryConnectionEstablishment = false
        let client = HTTPClient(
            eventLoopGroupProvider: .singleton, configuration: configuration)
        do {
            let answer = try await send(method, path, by: client)
            try await client.shutdown()
            return answer
        } catch {
            try await client.shutdown()
            throw classify(error)
        }
    }

    private func send(
        _ method: HTTPMethod, _ path: String, by client: HTTPClient
    ) async throws -> [UInt8] {
        var request = HTTPClientRequest(url: "http+unix://\(percentEncoded(socketPath))\(path)")
        request.method = method
        let response = try await client.execute(request, timeout: Self.answerTimeout)
        let body = try await response.body.collect(upTo: Self.answerBytesMax)
        let bytes = Array(body.readableBytesView)
        guard response.status == .ok else {
            let text = String(decoding: bytes.prefix(200), as: UTF8.self).withoutControlCharacters
            throw AnswerNotUnderstood(
                socketPath: socketPath,
                found: "\(method) \(path) was answered \(response.status): \(text)")
        }
        return bytes
    }

    private static let timeouts: [HTTPClientError] = [
        .deadlineExceeded, .connectTimeout, .readTimeout, .getConnectionFromPoolTimeout,
    ]

    private func classify(_ error: any Error) -> any Error {
        switch error {
        case let error as AnswerNotUnderstood:
            return error
        case let error as IOError:
            return DaemonUnreachable(socketPath: socketPath, cause: .system(error.errnoCode))
        case let error as HTTPClientError where Self.timeouts.contains(error):
            return DaemonUnreachable(socketPath: socketPath, cause: .silent)
        case let error as HTTPClientError where error == .remoteConnectionClosed:
            return DaemonUnreachable(socketPath: socketPath, cause: .closed)
        case let error as HTTPParserError where error == .invalidEOFState:
            return DaemonUnreachable(socketPath: socketPath, cause: .closed)
        default:
            return AnswerNotUnderstood(socketPath: socketPath, found: "\(error)")
        }
    }
}

/// RFC 3986 §2.1: everything but unreserved characters, so that a path can stand as a URL's host.
func percentEncoded(_ text: String) -> String {
    let unreserved = Array(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~".utf8)
    return text.utf8.reduce(into: "") { encoded, byte in
        if unreserved.contains(byte) {
            encoded.unicodeScalars.append(UnicodeScalar(byte))
        } else {
            encoded += byte < 16 ? "%0" : "%"
            encoded += String(byte, radix: 16, uppercase: true)
        }
    }
}
