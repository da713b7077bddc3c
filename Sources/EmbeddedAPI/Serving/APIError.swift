/// A refusal in Kubernetes' words: becomes a `Status` object (metav1.Status).
struct APIError: Error, Hashable {
    let code: Int
    let reason: String
    let message: String
    var details: JSONValue?

    init(code: Int, reason: String, message: String, details: JSONValue? = nil) {
        self.code = code
        self.reason = reason
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
}

extension APIError {
    static func badRequest(_ message: String) -> APIError {
        APIError(code: 400, reason: "BadRequest", message: message)
    }

    static let unauthorized = APIError(
        code: 401, reason: "Unauthorized",
        message: "Unauthorized: the bearer token of the kubeconfig is wanted")

    static func forbidden(_ resource: Resource, _ name: String, _ why: String) -> APIError {
        APIError(
            code: 403, reason: "Forbidden",
            message: "\(resource.qualifiedName) \"\(name)\" is forbidden: \(why)",
            details: details(resource.plural, resource.group, name))
    }

    static let noSuchPath = APIError(
        code: 404, reason: "NotFound",
        message: "the server could not find the requested resource", details: [:])

    static func notFound(_ resource: Resource, _ name: String) -> APIError {
        APIError(
            code: 404, reason: "NotFound",
            message: "\(resource.qualifiedName) \"\(name)\" not found",
            details: details(resource.plural, resource.group, name))
    }

    static func methodNotAllowed(_ method: String) -> APIError {
        APIError(
            code: 405, reason: "MethodNotAllowed",
            message: "\(method) is not supported on this resource here")
    }

    static func alreadyExists(_ resource: Resource, _ name: String) -> APIError {
        APIError(
            code: 409, reason: "AlreadyExists",
            message: "\(resource.qualifiedName) \"\(name)\" already exists",
            details: details(resource.plural, resource.group, name))
    }

    static func conflict(_ resource: Resource, _ name: String, _ why: String) -> APIError {
        APIError(
            code: 409, reason: "Conflict",
            message: "Operation cannot be fulfilled on \(resource.qualifiedName) \"\(name)\": "
                + why,
            details: details(resource.plural, resource.group, name))
    }

    static let staleVersion =
        "the object has been modified; please apply your changes to the latest version and try "
        + "again"

    static func expired(_ message: String) -> APIError {
        APIError(code: 410, reason: "Expired", message: message)
    }

    static func unsupportedMediaType(_ message: String) -> APIError {
        APIError(code: 415, reason: "UnsupportedMediaType", message: message)
    }

    static func tooLarge(_ message: String) -> APIError {
        APIError(code: 413, reason: "RequestEntityTooLarge", message: message)
    }

    static func invalid(kind: String, group: String, name: String, _ causes: [FieldCause])
        -> APIError
    {
        let texts = causes.map { "\($0.field): \($0.message)" }
        let list = texts.count == 1 ? texts[0] : "[\(texts.joined(separator: ", "))]"
        var details = details(kind, group, name)
        details["causes"] = .array(causes.map(\.json))
        let qualified = group.isEmpty ? kind : "\(kind).\(group)"
        return APIError(
            code: 422, reason: "Invalid", message: "\(qualified) \"\(name)\" is invalid: \(list)",
            details: details)
    }

    static func storage(_ error: any Error) -> APIError {
        APIError(
            code: 500, reason: "InternalError", message: "Internal error occurred: \(error)")
    }

    private static func details(_ kind: String, _ group: String, _ name: String) -> JSONValue {
        var details: JSONValue = ["name": .string(name), "kind": .string(kind)]
        if !group.isEmpty { details["group"] = .string(group) }
        return details
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

    mutating func required(_ field: String, _ detail: String = "") {
        add("Required", field, "Required value" + (detail.isEmpty ? "" : ": " + detail))
    }

    mutating func invalid(_ field: String, _ value: JSONValue, _ detail: String) {
        add("Invalid", field, "Invalid value: \(quoted(value)): \(detail)")
    }

    mutating func forbidden(_ field: String, _ detail: String) {
        add("Forbidden", field, "Forbidden: " + detail)
    }

    mutating func duplicate(_ field: String, _ value: JSONValue) {
        add("Duplicate", field, "Duplicate value: \(quoted(value))")
    }

    mutating func tooLong(_ field: String, bytesMax: Int) {
        add("TooLong", field, "Too long: may not be more than \(bytesMax) bytes")
    }

    /// Refuses a value that is not one of `supported`.
    mutating func supported(_ field: String, _ value: String, _ supported: [String]) {
        guard !supported.contains(value) else { return }
        let list = supported.map { "\"\($0)\"" }.joined(separator: ", ")
        add("NotSupported", field, "Unsupported value: \"\(value)\": supported values: \(list)")
    }

    private mutating func add(_ reason: String, _ field: String, _ message: String) {
        all.append(FieldCause(reason: "FieldValue" + reason, message: message, field: field))
    }

    private func quoted(_ value: JSONValue) -> String {
        String(decoding: value.serialized, as: UTF8.self)
    }
}
