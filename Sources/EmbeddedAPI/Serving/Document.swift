import HTTPServing

/// A request's body as JSON.
struct Document: Sendable {
    let value: JSONValue
    var duplicateFields: [String] = []

    init(value: JSONValue) {
        self.value = value
    }

    /// Throws 400 for bytes that are no JSON object.
    init(parsing bytes: [UInt8]) throws(APIError) {
        var parser = JSONParser(bytes)
        do {
            value = try parser.parse()
        } catch {
            throw .badRequest(
                "the object provided is unrecognized (must be of type JSON): \(error)")
        }
        duplicateFields = parser.duplicates
    }

    /// The document in the kind's shape, and warnings about fields that it does not have.
    func decoded(
        as resource: Resource, _ options: WriteOptions
    ) throws(APIError) -> (JSONValue, warnings: [String]) {
        let cannot =
            "\(resource.kind) in version \"\(resource.version)\" cannot be handled as a "
            + "\(resource.kind): "
        guard value.object != nil else {
            throw .badRequest(cannot + "an object is wanted, found a JSON \(value.typeName)")
        }
        let decoded: Decoded
        do {
            decoded = try resource.schema.decode(value)
        } catch {
            throw .badRequest(cannot + error.description)
        }
        let problems =
            decoded.unknownFields.map { "unknown field \"\($0)\"" }
            + duplicateFields.map { "duplicate field \"\($0)\"" }
        switch options.fieldValidation {
        case .strict where !problems.isEmpty:
            throw .badRequest(
                cannot + "strict decoding error: " + problems.joined(separator: ", "))
        case .strict, .ignore: return (decoded.value, [])
        case .warn: return (decoded.value, problems)
        }
    }

    /// The document's own statements about what it is must agree with the path.
    func check(_ target: RequestTarget, name: String?) throws(APIError) {
        let resource = target.resource
        let stated = (value["apiVersion"]?.string, value["kind"]?.string)
        if let apiVersion = stated.0, let kind = stated.1,
            apiVersion != resource.apiVersion || kind != resource.kind
        {
            throw .badRequest(
                "\(kind) in version \"\(apiVersion)\" cannot be handled as a \(resource.kind): "
                    + "this path wants \(resource.apiVersion) \(resource.kind)")
        }
        if let namespace = value["metadata", "namespace"]?.string, !namespace.isEmpty,
            resource.isNamespaced, namespace != target.namespace
        {
            throw .badRequest(
                "the namespace of the provided object does not match the namespace sent on the "
                    + "request")
        }
        guard let name else { return }
        let found = value["metadata", "name"]?.string ?? ""
        guard found == name || found.isEmpty else {
            throw .badRequest(
                "the name of the object (\(found)) does not match the name on the URL (\(name))")
        }
    }
}

/// A patch of one of the three kinds that are supported.
enum ObjectPatch: Sendable {
    case merge(JSONValue)
    case strategic(JSONValue)
    case json(JSONValue)

    init(contentType: String, _ value: JSONValue) throws(APIError) {
        switch contentType {
        case "application/merge-patch+json": self = .merge(value)
        case "application/strategic-merge-patch+json": self = .strategic(value)
        case "application/json-patch+json": self = .json(value)
        case "application/apply-patch+yaml", "application/apply-patch+cbor":
            throw .unsupportedMediaType(
                "server-side apply is not supported by Herald's embedded API: use kubectl apply "
                    + "without --server-side")
        default:
            throw .unsupportedMediaType(
                "the body of the request was in an unknown format - accepted media types include: "
                    + "application/json-patch+json, application/merge-patch+json, "
                    + "application/strategic-merge-patch+json")
        }
    }

    func applied(to object: JSONValue, _ schema: Schema) throws(APIError) -> JSONValue {
        do throws(PatchError) {
            switch self {
            case .merge(let patch):
                guard patch.object != nil else {
                    throw PatchError(description: "a merge patch is an object")
                }
                return mergePatched(object, with: patch)
            case .strategic(let patch):
                return try StrategicMergePatch.merged(object, with: patch, schema)
            case .json(let patch):
                var patch = try JSONPatch(patch)
                return try patch.applied(to: object)
            }
        } catch {
            throw APIError(
                code: 422, reason: "Invalid",
                message: "the server rejected our request due to an error in our request: "
                    + "\(error.description)",
                details: [
                    "causes": [
                        [
                            "reason": "UnexpectedServerResponse",
                            "message": .string(error.description),
                        ]
                    ]
                ])
        }
    }
}

/// A random UUID (RFC 9562 §5.4), as object uids are.
func randomUID() -> String {
    var bytes = (0..<16).map { _ in UInt8.random(in: 0...255) }
    bytes[6] = bytes[6] & 0x0F | 0x40
    bytes[8] = bytes[8] & 0x3F | 0x80
    let digits = bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }
    return [0..<4, 4..<6, 6..<8, 8..<10, 10..<16].map { digits[$0].joined() }
        .joined(separator: "-")
}
