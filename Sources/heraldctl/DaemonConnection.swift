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
        let json = try await get(ControlSocket.statusPath)
        do {
            return try DaemonStatus(parsing: json)
        } catch {
            throw AnswerNotUnderstood(socketPath: socketPath, found: "\(error)")
        }
    }

    /// - Throws: `DaemonUnreachable`, `AnswerNotUnderstood`.
    func services() async throws -> ServiceListing {
        let json = try await get(ControlSocket.servicesPath)
        do {
            return try ServiceListing(parsing: json)
        } catch {
            throw AnswerNotUnderstood(socketPath: socketPath, found: "\(error)")
        }
    }

    private func get(_ path: String) async throws -> [UInt8] {
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
            let answer = try await ask(client, path)
            try await client.shutdown()
            return answer
        } catch {
            try await client.shutdown()
            throw classify(error)
        }
    }

    private func ask(_ client: HTTPClient, _ path: String) async throws -> [UInt8] {
        let request = HTTPClientRequest(url: "http+unix://\(percentEncoded(socketPath))\(path)")
        let response = try await client.execute(request, timeout: Self.answerTimeout)
        let body = try await response.body.collect(upTo: Self.answerBytesMax)
        let bytes = Array(body.readableBytesView)
        guard response.status == .ok else {
            let text = String(decoding: bytes.prefix(200), as: UTF8.self).withoutControlCharacters
            throw AnswerNotUnderstood(
                socketPath: socketPath,
                found: "GET \(path) was answered \(response.status): \(text)")
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
