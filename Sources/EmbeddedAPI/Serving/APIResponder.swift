import Crypto
import HTTPServing
import JSON
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
            throw APIError(401, "Unauthorized: the bearer token of the kubeconfig is wanted")
        }
        if let document = Discovery.documents[request.path] {
            guard request.method == "GET" else { throw APIError.methodNotAllowed(request.method) }
            return HTTPResponse(json: document.serialized)
        }
        // `kubectl describe node` lists pods and gives up on anything but "forbidden".
        if request.path.starts(with: ["api", "v1"]), request.path.last == "pods" {
            throw APIError(
                403, "pods is forbidden: Herald's embedded API has no pods",
                details: ["kind": "pods"])
        }
        return request.method == "GET" ? try await read(request) : try await write(request)
    }

    /// Takes as long for a wrong token as for the right one.
    private func isAuthorized(_ request: HTTPRequest) -> Bool {
        let given = request.header("authorization") ?? ""
        let wanted = "Bearer \(token)"
        return SHA256.hash(data: Array(given.utf8)) == SHA256.hash(data: Array(wanted.utf8))
    }

    private func read(_ request: HTTPRequest) async throws -> HTTPResponse {
        let selection = try Selection(request)
        if request.isTrue("watch") {
            let watch = try Watch(request, selection, store)
            return HTTPResponse(
                status: 200, headers: [HTTPField("content-type", "application/json")],
                body: .streaming(watch.stream))
        }
        let reads = Reads(objects: await store.objects, selection: selection)
        let found = try selection.target.name.map(reads.get) ?? reads.list(request)
        return HTTPResponse(json: found.serialized)
    }

    private func write(_ request: HTTPRequest) async throws -> HTTPResponse {
        let target = try RequestTarget(request.path)
        let writes = Writes(store: store, target: target, options: try WriteOptions(request))
        switch (request.method, target.name) {
        case ("POST", nil):
            return try await writes.create(Document(of: request)).response(status: 201)
        case ("PUT", let name?):
            return try await writes.replace(name, Document(of: request)).response()
        case ("PATCH", let name?):
            let patch = try Patch(of: request)
            return try await writes.patch(name, patch).response()
        case ("DELETE", let name?) where !target.isStatus:
            let document = request.body.isEmpty ? nil : try Document(of: request)
            return HTTPResponse(json: try await writes.delete(name, document).serialized)
        default: throw APIError.methodNotAllowed(request.method)
        }
    }
}

/// A written object, and what its client should know about the document that it sent.
struct Written: Sendable {
    /// Warning headers on one response.
    static let warningsMax = 20
    /// The text of one of them, in bytes.
    private static let warningBytesMax = 256

    let object: JSONValue
    let warnings: [String]

    func response(status: Int = 200) -> HTTPResponse {
        let warnings = warnings.prefix(Self.warningsMax).map { warning in
            HTTPField("warning", "299 - \"\(Self.quotable(warning))\"")
        }
        return HTTPResponse(
            status: status, headers: [HTTPField("content-type", "application/json")] + warnings,
            body: .whole(object.serialized))
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
