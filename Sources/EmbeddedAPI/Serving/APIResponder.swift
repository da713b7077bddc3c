import HTTPServing
import JSON
import Logging

/// Answers requests: who may ask, what is asked, and errors as `Status` objects.
struct APIResponder: Sendable {
    /// Warning headers on one response.
    static let warningsMax = 20
    /// The text of one of them, in bytes.
    private static let warningBytesMax = 256

    let store: ObjectStore
    let token: String
    let logger: Logger

    func respond(_ request: HTTPRequest) async -> HTTPResponse {
        do {
            return try await answer(request)
        } catch let error as APIError {
            return error.response
        } catch {
            logger.error("embedded API: request failed", metadata: ["error": "\(error)"])
            return APIError(500, "Internal error occurred: \(error)").response
        }
    }

    private func answer(_ request: HTTPRequest) async throws -> HTTPResponse {
        if ["livez", "readyz", "healthz"].contains(request.path.first), request.method == "GET" {
            return HTTPResponse(text: "ok")
        }
        guard request.path == ["version"] || isAuthorized(request) else {
            throw APIError(
                401, "Unauthorized: the bearer token of the kubeconfig is wanted")
        }
        if let document = Discovery.document(request.path) {
            guard request.method == "GET" else { throw APIError.methodNotAllowed(request.method) }
            return HTTPResponse(json: document.serialized)
        }
        // `kubectl describe node` lists pods and gives up on anything but "forbidden".
        if request.path.starts(with: ["api", "v1"]), request.path.last == "pods" {
            throw APIError(
                403, "pods is forbidden: Herald's embedded API has no pods",
                details: ["kind": "pods"])
        }
        let target = try RequestTarget(request.path)
        return request.method == "GET"
            ? try await read(request, target) : try await write(request, target)
    }

    /// Takes as long for a wrong token as for the right one.
    private func isAuthorized(_ request: HTTPRequest) -> Bool {
        let given = Array((request.header("authorization") ?? "").utf8)
        let wanted = Array("Bearer \(token)".utf8)
        guard given.count == wanted.count else { return false }
        return zip(given, wanted).reduce(UInt8(0)) { $0 | $1.0 ^ $1.1 } == 0
    }

    private func read(_ request: HTTPRequest, _ target: RequestTarget) async throws -> HTTPResponse
    {
        let options = try ReadOptions(request, target)
        if options.isWatch {
            return HTTPResponse(
                status: 200, headers: [HTTPField("content-type", "application/json")],
                body: .streaming { output in
                    var watch = Watch(store: store, target: target, options: options)
                    try await watch.stream(to: output)
                })
        }
        let reads = Reads(store: store, target: target, options: options)
        let found =
            if let name = target.name { try await reads.get(name) } else { try await reads.list() }
        return HTTPResponse(json: found.serialized)
    }

    private func write(_ request: HTTPRequest, _ target: RequestTarget) async throws -> HTTPResponse
    {
        let writes = Writes(store: store, target: target, options: try WriteOptions(request))
        switch (request.method, target.name) {
        case ("POST", nil):
            return response(try await writes.create(try document(request)), status: 201)
        case ("PUT", let name?):
            return response(try await writes.replace(name, try document(request)))
        case ("PATCH", let name?):
            guard let type = PatchType(rawValue: mediaType(of: request)) else {
                let accepted = PatchType.allCases.map(\.rawValue)
                throw APIError.unsupported(mediaType(of: request), accepted: accepted)
            }
            let patch = try Document(parsing: request.body)
            return response(try await writes.patch(name, type, patch))
        case ("DELETE", let name?) where !target.isStatus:
            let document = request.body.isEmpty ? nil : try document(request)
            return HTTPResponse(json: try await writes.delete(name, document).serialized)
        default: throw APIError.methodNotAllowed(request.method)
        }
    }

    private func document(_ request: HTTPRequest) throws -> Document {
        let type = mediaType(of: request)
        guard type == "application/json" || type.isEmpty else {
            throw APIError.unsupported(type, accepted: ["application/json"])
        }
        return try Document(parsing: request.body)
    }

    private func mediaType(of request: HTTPRequest) -> String {
        let header = request.header("content-type") ?? ""
        return header.split(separator: ";").first.map { trimmed($0) } ?? ""
    }

    private func response(_ written: Written, status: Int = 200) -> HTTPResponse {
        let warnings = written.warnings.prefix(Self.warningsMax).map { warning in
            HTTPField("warning", "299 - \"\(Self.quotable(warning))\"")
        }
        return HTTPResponse(
            status: status, headers: [HTTPField("content-type", "application/json")] + warnings,
            body: .whole(written.object.serialized))
    }

    /// What may stand between the quotes of a header: a client's own words end up here.
    private static func quotable(_ text: String) -> String {
        let printable = text.utf8.prefix(warningBytesMax).map { byte in
            (0x20...0x7E).contains(byte) ? byte : UInt8(ascii: "?")
        }
        return String(decoding: printable, as: UTF8.self)
            .replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
    }
}
