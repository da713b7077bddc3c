import HTTPServing
import JSON

/// A refusal in Kubernetes' words: becomes a `Status` object (metav1.Status).
struct APIError: Error, Hashable {
    private static let reasons = [
        400: "BadRequest", 401: "Unauthorized", 403: "Forbidden", 404: "NotFound",
        405: "MethodNotAllowed", 406: "NotAcceptable", 408: "Timeout", 409: "Conflict",
        410: "Expired", 413: "RequestEntityTooLarge", 415: "UnsupportedMediaType", 422: "Invalid",
        431: "RequestHeaderFieldsTooLarge", 500: "InternalError", 504: "Timeout",
    ]

    let code: Int
    let reason: String
    let message: String
    let details: JSONValue?

    /// `reason` when it is not the one that the code stands for.
    init(_ code: Int, reason: String? = nil, _ message: String, details: JSONValue? = nil) {
        self.code = code
        self.reason = reason ?? Self.reasons[code] ?? "Unknown"
        self.message = message
        self.details = details
    }

    var status: JSONValue {
        var status: JSONValue = [
            "kind": "Status", "apiVersion": "v1", "metadata": [:], "status": "Failure",
            "message": .string(message), "reason": .string(reason), "code": JSONValue(code),
        ]
        status["details"] = details
        return status
    }

    var response: HTTPResponse { HTTPResponse(status: code, json: status.serialized) }
}

extension APIError {
    static func badRequest(_ message: String) -> APIError { APIError(400, message) }

    static let noSuchPath = APIError(
        404, "the server could not find the requested resource", details: [:])

    static func notFound(_ resource: Resource, _ name: String) -> APIError {
        APIError(404, "\(resource.quoted(name)) not found", details: resource.details(name))
    }

    static func methodNotAllowed(_ method: String) -> APIError {
        APIError(405, "\(method) is not supported on this resource here")
    }

    /// A body of another type than the request takes.
    static func unsupported(_ type: String, accepted: [String]) -> APIError {
        APIError(
            415,
            "the body of the request was in an unknown format (\(type)) - accepted media types "
                + "include: \(accepted.joined(separator: ", ")). Herald's embedded API reads JSON "
                + "only: use a manifest: kubectl create -f; server-side apply is not supported: "
                + "use kubectl apply without --server-side")
    }

    static func patch(_ problem: String) -> APIError {
        APIError(
            422, "the server rejected our request due to an error in our request: \(problem)",
            details: ["causes": [["message": .string(problem)]]])
    }

    static func invalid(_ resource: Resource, _ name: String, _ causes: FieldCauses) -> APIError {
        let texts = causes.all.map { "\($0.field): \($0.message)" }
        let list = texts.count == 1 ? texts[0] : "[\(texts.joined(separator: ", "))]"
        var details = resource.details(name)
        details["kind"] = .string(resource.kind)
        details["causes"] = .array(causes.all.map(\.json))
        let kind = resource.kind + (resource.group.isEmpty ? "" : ".\(resource.group)")
        return APIError(422, "\(kind) \"\(name)\" is invalid: \(list)", details: details)
    }
}

extension Resource {
    /// How messages name an object: `services "web"`.
    func quoted(_ name: String) -> String { "\(qualifiedName) \"\(name)\"" }

    /// Which object a `Status` is about.
    func details(_ name: String) -> JSONValue {
        let details: JSONValue = ["name": .string(name), "kind": .string(plural)]
        return group.isEmpty ? details : details.withDefaults(["group": .string(group)])
    }
}

/// One thing that is wrong with one field (metav1.StatusCause).
struct FieldCause: Hashable {
    let reason: String
    let message: String
    let field: String

    var json: JSONValue {
        ["reason": .string(reason), "message": .string(message), "field": .string(field)]
    }
}

/// The causes that a validation collects, worded as the real server words them.
struct FieldCauses {
    private(set) var all: [FieldCause] = []

    /// `reason` is metav1.CauseType without its `FieldValue`.
    mutating func add(_ reason: String, _ field: String, _ message: String) {
        all.append(FieldCause(reason: "FieldValue" + reason, message: message, field: field))
    }

    mutating func required(_ field: String) { add("Required", field, "Required value") }

    mutating func invalid(_ field: String, _ value: JSONValue, _ detail: String) {
        add("Invalid", field, "Invalid value: \(value.text): \(detail)")
    }

    mutating func forbidden(_ field: String, _ detail: String) {
        add("Forbidden", field, "Forbidden: " + detail)
    }

    mutating func duplicate(_ field: String, _ value: JSONValue) {
        add("Duplicate", field, "Duplicate value: \(value.text)")
    }
}

extension FieldCauses {
    /// The only one.
    init(_ reason: String, _ field: String, _ message: String) { add(reason, field, message) }
}
