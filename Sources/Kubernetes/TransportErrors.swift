import AsyncHTTPClient
import JSON
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

extension KubernetesError.Cause {
    /// What a failed exchange means.
    init(transport error: any Error) {
        switch error {
        case is CancellationError: self = .cancelled
        case let error as HTTPClientError: self.init(client: error)
        case HTTPParserError.invalidEOFState:
            self = .unreachable("the server broke off its answer")
        case let error as NIOConnectionError:
            self = .unreachable(Self.connectionText(error))
        case let error as IOError:
            self = .unreachable(Self.text(error))
        case let error as NIOSSLError:
            self = .unreachable("TLS failed: \(error)")
        default:
            self = .unreachable("\(error)")
        }
    }

    private init(client error: HTTPClientError) {
        switch error {
        case .cancelled: self = .cancelled
        case .deadlineExceeded, .readTimeout, .connectTimeout, .tlsHandshakeTimeout,
            .getConnectionFromPoolTimeout:
            self = .timedOut
        case .remoteConnectionClosed:
            self = .unreachable("the server closed the connection")
        default: self = .unreachable(error.description)
        }
    }

    /// What a failure to read a body means: its bytes did not come, or they are not the type.
    init(answer error: any Error) {
        switch error {
        case let error as DecodingError: self = .unreadable(Self.decodingText(error))
        case let error as JSONParseError: self = .unreadable(error.description)
        case is NIOTooManyBytesError:
            self = .unreadable("it is longer than \(KubernetesClient.answerBytesMax) bytes")
        default: self.init(transport: error)
        }
    }

    private static func connectionText(_ error: NIOConnectionError) -> String {
        let attempts = error.connectionErrors.map { attempt in
            "\(attempt.target): \((attempt.error as? IOError).map(text) ?? "\(attempt.error)")"
        }
        let lookups = [error.dnsAError, error.dnsAAAAError].compactMap { $0 }.map { "\($0)" }
        let why = (attempts + lookups).joined(separator: "; ")
        return "no connection to \(error.host) port \(error.port): \(why)"
    }

    /// NIO's text, which closes a bracket that it has not opened.
    private static func text(_ error: IOError) -> String {
        error.description.replacing(") (errno: ", with: " (errno: ")
    }

    /// Where in the JSON, and what was found there.
    static func decodingText(_ error: DecodingError) -> String {
        let context: DecodingError.Context =
            switch error {
            case .typeMismatch(_, let context), .valueNotFound(_, let context),
                .keyNotFound(_, let context), .dataCorrupted(let context):
                context
            @unknown default: DecodingError.Context(codingPath: [], debugDescription: "\(error)")
            }
        let place = context.codingPath.map { key in
            key.intValue.map { "[\($0)]" } ?? ".\(key.stringValue)"
        }
        let description = context.debugDescription
        return place.isEmpty ? description : "\(place.joined()): \(description)"
    }
}

extension KubernetesError.Refusal {
    /// Bytes of a body without a Status that are quoted.
    private static let quotedBytesMax = 200

    /// From an answer whose status is no success; the body is a `Status` or anything at all.
    init(httpStatus: Int, body: ByteBuffer, retryAfter: String?) {
        let status = try? JSONValue(parsing: body.readableBytesView).decoded(as: APIStatus.self)
        let quoted = String(
            decoding: body.readableBytesView.prefix(Self.quotedBytesMax), as: UTF8.self)
        let seconds = retryAfter.flatMap(Int.init) ?? status?.details?.retryAfterSeconds
        self.init(
            httpStatus: httpStatus, reason: status?.reason ?? "",
            message: status?.message ?? quoted, retryAfter: seconds.map { .seconds($0) })
    }

    /// From a `Status` that came as an event of a watch.
    init(_ status: APIStatus) {
        self.init(
            httpStatus: status.code ?? 500, reason: status.reason ?? "",
            message: status.message ?? "",
            retryAfter: status.details?.retryAfterSeconds.map { .seconds($0) })
    }
}
