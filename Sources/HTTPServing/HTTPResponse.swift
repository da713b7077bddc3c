/// What a request is answered with.
package struct HTTPResponse: Sendable {
    package let status: Int
    /// Without the framing fields (`content-length`, `transfer-encoding`, `connection`), which the
    /// server writes itself.
    package let headers: [HTTPField]
    package let body: Body

    package enum Body: Sendable {
        case whole([UInt8])
        /// Chunked; the closure writes until it returns, throws, or is cancelled because the client
        /// went away or the server shuts down.
        case streaming(@Sendable (HTTPStream) async throws -> Void)
    }

    package init(status: Int, headers: [HTTPField] = [], body: Body) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    package init(status: Int = 200, text: String) {
        self.init(
            status: status, headers: [HTTPField("content-type", "text/plain; charset=utf-8")],
            body: .whole(Array(text.utf8)))
    }

    package init(status: Int = 200, json: [UInt8]) {
        self.init(
            status: status, headers: [HTTPField("content-type", "application/json")],
            body: .whole(json))
    }
}

/// Why a request was answered by the server itself and never reached the caller's closure.
package enum HTTPRefusal: Sendable, Equatable {
    case malformed(String)
    case headersTooLarge(limitBytes: Int)
    case bodyTooLarge(limitBytes: Int)
    case tooSlow

    package var status: Int {
        switch self {
        case .malformed: 400
        case .headersTooLarge: 431
        case .bodyTooLarge: 413
        case .tooSlow: 408
        }
    }

    package var message: String {
        switch self {
        case .malformed(let found): "The request is not valid HTTP/1.1: \(found)."
        case .headersTooLarge(let limit):
            "Request header fields too large: limit is \(limit) bytes."
        case .bodyTooLarge(let limit): "Request entity too large: limit is \(limit)"
        case .tooSlow: "The request did not arrive in time."
        }
    }
}
