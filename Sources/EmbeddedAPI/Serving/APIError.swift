/// A refusal in Kubernetes' words: becomes a `Status` object (metav1.Status).
struct APIError: Error, Hashable {
    let code: Int
    let reason: String
    let message: String
    let details: JSONValue?

    init(_ code: Int, _ reason: String, _ message: String, details: JSONValue? = nil) {
        self.code = code
        self.reason = reason
        self.message = message
        self.details = details
    }

    /// About one object.
    init(
        _ code: Int, _ reason: String, _ resource: Resource, _ name: String, _ message: String
    ) {
        self.init(code, reason, message, details: resource.details(resource.plural, name))
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

extension Resource {
    /// What a `Status` is about; `kind` is the plural in all but validation's.
    func details(_ kind: String, _ name: String) -> JSONValue {
        var details: JSONValue = ["name": .string(name), "kind": .string(kind)]
        if !group.isEmpty { details["group"] = .string(group) }
        return details
    }
}

extension APIError {
    static func badRequest(_ message: String) -> APIError { APIError(400, "BadRequest", message) }

    static let noSuchPath = APIError(
        404, "NotFound", "the server could not find the requested resource", details: [:])

    static func notFound(_ resource: Resource, _ name: String) -> APIError {
        APIError(
            404, "NotFound", resource, name, "\(resource.qualifiedName) \"\(name)\" not found")
    }

    static func methodNotAllowed(_ method: String) -> APIError {
        APIError(405, "MethodNotAllowed", "\(method) is not supported on this resource here")
    }

    static func conflict(_ resource: Resource, _ name: String, _ why: String) -> APIError {
        APIError(
            409, "Conflict", resource, name,
            "Operation cannot be fulfilled on \(resource.qualifiedName) \"\(name)\": \(why)")
    }

    static func unsupportedMediaType(_ message: String) -> APIError {
        APIError(415, "UnsupportedMediaType", message)
    }

    static func invalid(_ resource: Resource, _ name: String, _ causes: FieldCauses) -> APIError {
        let texts = causes.all.map { "\($0.field): \($0.message)" }
        let list = texts.count == 1 ? texts[0] : "[\(texts.joined(separator: ", "))]"
        var details = resource.details(resource.kind, name)
        details["causes"] = .array(causes.all.map(\.json))
        let kind =
            resource.group.isEmpty ? resource.kind : "\(resource.kind).\(resource.group)"
        return APIError(
            422, "Invalid", "\(kind) \"\(name)\" is invalid: \(list)", details: details)
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
        add("Invalid", field, "Invalid value: \(value.text): \(detail)")
    }

    mutating func forbidden(_ field: String, _ detail: String) {
        add("Forbidden", field, "Forbidden: " + detail)
    }

    mutating func duplicate(_ field: String, _ value: JSONValue) {
        add("Duplicate", field, "Duplicate value: \(value.text)")
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
}
