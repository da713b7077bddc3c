import HTTPServing
import JSON
import Naming

/// A request's body as JSON.
struct Document: Sendable {
    let value: JSONValue
    var duplicateFields: [String] = []

    /// The document in its kind's shape, and warnings about fields that the kind does not have.
    ///
    /// Throws 400 for another shape, and when it says of itself something else than the path does.
    func decoded(
        for target: RequestTarget, name: String?, _ options: WriteOptions
    ) throws -> (object: JSONValue, warnings: [String]) {
        let resource = target.resource
        guard value.object != nil else {
            throw APIError.badRequest("an object is wanted, found a JSON \(value.typeName)")
        }
        let (object, unknownFields) = try resource.schema.decode(value)
        let problems =
            unknownFields.map { "unknown field \"\($0)\"" }
            + duplicateFields.map { "duplicate field \"\($0)\"" }
        if options.fieldValidation == .strict, !problems.isEmpty {
            throw APIError.badRequest("strict decoding error: \(problems.joined(separator: ", "))")
        }
        for (what, found, wanted) in [
            ("apiVersion", object["apiVersion"], resource.apiVersion),
            ("kind", object["kind"], resource.kind),
            ("namespace", object["metadata", "namespace"], target.namespace),
            ("name", object["metadata", "name"], name),
        ] {
            guard let found = found?.string, let wanted, found != wanted else { continue }
            throw APIError.badRequest(
                "the \(what) of the provided object (\(found)) does not match the \(what) of the "
                    + "request (\(wanted)): this path wants \(resource.apiVersion) \(resource.kind)"
            )
        }
        return (object, options.fieldValidation == .warn ? problems : [])
    }
}

extension Document {
    /// Throws 415 for a body of another type, 400 for bytes that are no JSON.
    init(of request: HTTPRequest) throws {
        guard ["application/json", ""].contains(request.mediaType) else {
            throw APIError.unsupported(request.mediaType, accepted: ["application/json"])
        }
        try self.init(parsing: request.body)
    }

    fileprivate init(parsing bytes: [UInt8]) throws {
        var parser = JSONParser(bytes)
        do {
            value = try parser.parse()
        } catch {
            throw APIError.badRequest(
                "the object provided is unrecognized (must be of type JSON): \(error)")
        }
        duplicateFields = parser.duplicates
    }
}

/// A request's body as a change of an object.
struct Patch: Sendable {
    /// The three kinds of patches, by their media types.
    private enum Kind: String, CaseIterable {
        case json = "application/json-patch+json"
        case merge = "application/merge-patch+json"
        case strategic = "application/strategic-merge-patch+json"
    }

    private let kind: Kind
    private let document: JSONValue

    /// Throws 415 for a body that is no patch, 400 for bytes that are no JSON.
    init(of request: HTTPRequest) throws {
        guard let kind = Kind(rawValue: request.mediaType) else {
            let accepted = Kind.allCases.map(\.rawValue)
            throw APIError.unsupported(request.mediaType, accepted: accepted)
        }
        self.kind = kind
        document = try Document(parsing: request.body).value
    }

    /// Throws 422 when the patch is none, or does not fit the object.
    func applied(to object: JSONValue, _ schema: Schema) throws -> JSONValue {
        do {
            switch kind {
            case .json: return try JSONPatch(document).applied(to: object)
            case .merge: return object.mergePatched(with: document)
            case .strategic: return try schema.merged(object, with: document)
            }
        } catch let error as JSONPatchError {
            throw APIError.patch(error.description)
        }
    }
}

extension HTTPRequest {
    fileprivate var mediaType: String {
        header("content-type")?.split(separator: ";").first.map { trimmed($0) } ?? ""
    }
}
