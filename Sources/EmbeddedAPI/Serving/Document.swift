import JSON

/// A request's body as JSON.
struct Document: Sendable {
    let value: JSONValue
    var duplicateFields: [String] = []
    /// What a patch made of an object: what is wrong with it is wrong with the patch, 422.
    var isPatched = false

    /// The document in its kind's shape, and warnings about fields that the kind does not have.
    ///
    /// Throws 400, or 422 after a patch, for another shape, and 400 when it says of itself something
    /// else than the path does.
    func decoded(
        for target: RequestTarget, name: String?, _ options: WriteOptions
    ) throws -> Written {
        let resource = target.resource
        guard value.object != nil else {
            throw APIError.badRequest("an object is wanted, found a JSON \(value.typeName)")
        }
        let decoded = try shaped(resource.schema)
        let problems =
            decoded.unknownFields.map { "unknown field \"\($0)\"" }
            + duplicateFields.map { "duplicate field \"\($0)\"" }
        if options.fieldValidation == .strict, !problems.isEmpty {
            throw refusal("strict decoding error: \(problems.joined(separator: ", "))")
        }
        for (what, found, wanted) in [
            ("apiVersion", decoded.value["apiVersion"], resource.apiVersion),
            ("kind", decoded.value["kind"], resource.kind),
            ("namespace", decoded.value["metadata", "namespace"], target.namespace),
            ("name", decoded.value["metadata", "name"], name),
        ] {
            guard let found = found?.string, let wanted, found != wanted else { continue }
            throw APIError.badRequest(
                "the \(what) of the provided object (\(found)) does not match the \(what) of the "
                    + "request (\(wanted)): this path wants \(resource.apiVersion) \(resource.kind)"
            )
        }
        return (decoded.value, options.fieldValidation == .warn ? problems : [])
    }

    private func shaped(_ schema: Schema) throws -> (value: JSONValue, unknownFields: [String]) {
        do {
            return try schema.decode(value)
        } catch let error as APIError {
            throw refusal(error.message)
        }
    }

    private func refusal(_ problem: String) -> APIError {
        isPatched
            ? APIError(422, "\"\" is invalid: patch: Invalid value: \(problem)")
            : APIError.badRequest(problem)
    }
}

extension Document {
    /// Throws 400 for bytes that are no JSON.
    init(parsing bytes: [UInt8]) throws {
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

/// The three kinds of patches, by their media types.
enum PatchType: String, CaseIterable, Sendable {
    case json = "application/json-patch+json"
    case merge = "application/merge-patch+json"
    case strategic = "application/strategic-merge-patch+json"

    func applied(_ patch: JSONValue, to object: JSONValue, _ schema: Schema) throws -> JSONValue {
        switch self {
        case .merge: return mergePatched(object, with: patch)
        case .strategic: return try StrategicMergePatch.merged(object, with: patch, schema)
        case .json:
            var patch = try JSONPatch(patch)
            return try patch.applied(to: object)
        }
    }
}
