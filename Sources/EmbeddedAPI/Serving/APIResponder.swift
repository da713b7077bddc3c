import HTTPServing
import Logging

/// Answers requests: who may ask, what is asked, and errors as `Status` objects.
struct APIResponder: Sendable {
    let store: ObjectStore
    let token: String
    let logger: Logger

    func respond(_ request: HTTPRequest) async -> HTTPResponse {
        do {
            return try await answer(request)
        } catch let error as APIError {
            return HTTPResponse(status: error.code, json: error.status.serialized)
        } catch {
            logger.error("embedded API: request failed", metadata: ["error": "\(error)"])
            let internalError = APIError.storage(error)
            return HTTPResponse(status: internalError.code, json: internalError.status.serialized)
        }
    }

    private func answer(_ request: HTTPRequest) async throws -> HTTPResponse {
        if ["livez", "readyz", "healthz"].contains(request.path.first), request.method == "GET" {
            return HTTPResponse(text: "ok")
        }
        guard request.path == ["version"] || isAuthorized(request) else {
            throw APIError.unauthorized
        }
        if let document = Discovery.document(request.path) {
            guard request.method == "GET" else { throw APIError.methodNotAllowed(request.method) }
            return HTTPResponse(json: document.serialized)
        }
        try refuseUnserved(request)
        let target = try RequestTarget(request.path)
        switch (request.method, target.name) {
        case ("GET", _): return try await read(request, target)
        case ("POST", nil): return try await create(request, target)
        case ("PUT", let name?): return try await replace(request, target, name)
        case ("PATCH", let name?): return try await patch(request, target, name)
        case ("DELETE", let name?) where !target.isStatus:
            return try await delete(request, target, name)
        default: throw APIError.methodNotAllowed(request.method)
        }
    }

    /// `kubectl describe node` lists pods and gives up on anything but "forbidden".
    private func refuseUnserved(_ request: HTTPRequest) throws(APIError) {
        guard request.path.starts(with: ["api", "v1"]), request.path.last == "pods" else { return }
        throw APIError(
            code: 403, reason: "Forbidden",
            message: "pods is forbidden: Herald's embedded API has no pods",
            details: ["kind": "pods"])
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
            let watch = Watch(store: store, target: target, options: options)
            return HTTPResponse(
                status: 200, headers: [HTTPField("content-type", "application/json")],
                body: .streaming { try await watch.stream(to: $0) })
        }
        let reads = Reads(store: store)
        guard let name = target.name else {
            return HTTPResponse(json: try await reads.list(target, options).serialized)
        }
        return HTTPResponse(json: try await reads.get(target, name, options).serialized)
    }

    private func create(
        _ request: HTTPRequest, _ target: RequestTarget
    ) async throws -> HTTPResponse {
        let document = try body(request)
        let written = try await Writes(store: store)
            .create(target, document, try WriteOptions(request))
        return response(written)
    }

    private func replace(
        _ request: HTTPRequest, _ target: RequestTarget, _ name: String
    ) async throws -> HTTPResponse {
        let document = try body(request)
        let written = try await Writes(store: store)
            .replace(target, name, document, try WriteOptions(request))
        return response(written)
    }

    private func patch(
        _ request: HTTPRequest, _ target: RequestTarget, _ name: String
    ) async throws -> HTTPResponse {
        // The type decides before the bytes are looked at: an apply patch is YAML.
        _ = try ObjectPatch(contentType: contentType(request), .null)
        let document = try Document(parsing: request.body)
        let patch = try ObjectPatch(contentType: contentType(request), document.value)
        let written = try await Writes(store: store)
            .patch(target, name, patch, try WriteOptions(request))
        return response(written)
    }

    private func delete(
        _ request: HTTPRequest, _ target: RequestTarget, _ name: String
    ) async throws -> HTTPResponse {
        let document = request.body.isEmpty ? nil : try body(request)
        let status = try await Writes(store: store)
            .delete(target, name, document, try WriteOptions(request))
        return HTTPResponse(json: status.serialized)
    }

    private func body(_ request: HTTPRequest) throws(APIError) -> Document {
        let type = contentType(request)
        guard type == "application/json" || type.isEmpty else {
            throw .unsupportedMediaType(
                "the body of the request was in an unknown format (\(type)) - accepted media "
                    + "types include: application/json"
                    + (type.contains("protobuf")
                        ? ". Herald's embedded API reads JSON only: use a manifest: kubectl create "
                            + "-f" : ""))
        }
        return try Document(parsing: request.body)
    }

    private func contentType(_ request: HTTPRequest) -> String {
        let header = request.header("content-type") ?? ""
        return header.split(separator: ";").first.map { String(trimmed($0)) } ?? ""
    }

    /// Warning headers on one response.
    static let warningsMax = 20
    /// The text of one of them, in bytes.
    static let warningBytesMax = 256

    /// What may stand between the quotes of a header: a client's own words end up here.
    private static func quotable(_ text: String) -> String {
        let printable = text.utf8.prefix(warningBytesMax).map { byte in
            (0x20...0x7E).contains(byte) ? byte : UInt8(ascii: "?")
        }
        return String(decoding: printable, as: UTF8.self)
            .replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
    }

    private func response(_ written: Written) -> HTTPResponse {
        let warnings = written.warnings.prefix(Self.warningsMax).map { warning in
            HTTPField("warning", "299 - \"\(Self.quotable(warning))\"")
        }
        return HTTPResponse(
            status: written.isCreated ? 201 : 200,
            headers: [HTTPField("content-type", "application/json")] + warnings,
            body: .whole(written.object.serialized))
    }
}
