/// The fields of a kind: which there are, their types, and how a strategic merge patch merges them.
indirect enum Schema: Sendable {
    case string
    case integer
    case boolean
    /// metav1.Time: RFC 3339, kept in UTC seconds.
    case time
    /// metav1.MicroTime: exactly six fraction digits; the real server refuses others.
    case microTime
    case integerOrString
    case bytes
    /// Kept as it is.
    case any
    case map(Schema)
    case list(Schema, ListMerge = .atomic)
    case object([String: Schema])

    /// What a strategic merge patch does with a list (Kubernetes' patchStrategy and patchMergeKey).
    enum ListMerge: Sendable {
        case atomic
        case primitives
        case byKey(String)
    }

    /// An object whose plain fields are listed by type, names separated by blanks.
    static func fields(
        strings: String = "", integers: String = "", booleans: String = "", times: String = "",
        _ others: [String: Schema] = [:]
    ) -> Schema {
        var fields = others
        for (names, schema) in [
            (strings, Schema.string), (integers, .integer), (booleans, .boolean), (times, .time),
        ] {
            for name in names.split(separator: " ") { fields[String(name)] = schema }
        }
        return .object(fields)
    }

    static let strings = Schema.list(.string)
    static let stringMap = Schema.map(.string)
}

/// A document brought into a kind's shape.
struct Decoded {
    var value: JSONValue
    /// Paths of the fields that the kind does not have; they were dropped.
    var unknownFields: [String]
}

/// A field of the wrong type.
struct TypeMismatch: Error {
    let description: String
}

extension Schema {
    /// Checks types, drops nulls, unknown fields and empty maps, lists and texts (as Go's
    /// `omitempty` does), and brings times into their one form.
    func decode(_ value: JSONValue) throws(TypeMismatch) -> Decoded {
        var unknown: [String] = []
        let decoded = try decode(value, at: "", &unknown) ?? .object([:])
        return Decoded(value: decoded, unknownFields: unknown.sorted())
    }

    private func decode(
        _ value: JSONValue, at path: String, _ unknown: inout [String]
    ) throws(TypeMismatch) -> JSONValue? {
        switch (self, value) {
        case (_, .null): return nil
        case (.any, _), (.boolean, .boolean): return value
        case (.string, .string(let text)): return text.isEmpty ? nil : value
        case (.bytes, .string(let text)):
            guard base64Decoded(text) != nil else {
                throw mismatch(path, "base64 text", "illegal base64 data")
            }
            return value
        case (.integer, .number(let text)), (.integerOrString, .number(let text)):
            guard Int64(text) != nil else { throw mismatch(path, "an integer", text) }
            return value
        case (.integerOrString, .string): return value
        case (.time, .string(let text)):
            guard let time = Timestamp(text) else { throw mismatch(path, "an RFC 3339 time", text) }
            return .string(time.text)
        case (.microTime, .string(let text)):
            guard let time = Timestamp(text, fractionDigits: 6) else {
                throw mismatch(path, "a time like 2006-01-02T15:04:05.000000Z", text)
            }
            return .string(time.microText)
        case (.map(let element), .object(let members)):
            return try decode(members, element, at: path, &unknown)
        case (.list(let element, _), .array(let items)):
            return try decode(items, element, at: path, &unknown)
        case (.object(let fields), .object(let members)):
            return try decode(members, fields: fields, at: path, &unknown)
        default: throw mismatch(path, wanted, "a JSON \(value.typeName)")
        }
    }

    private func decode(
        _ members: [String: JSONValue], _ element: Schema, at path: String,
        _ unknown: inout [String]
    ) throws(TypeMismatch) -> JSONValue? {
        var kept: [String: JSONValue] = [:]
        for (key, member) in members {
            // An empty text is a value like any other in a map.
            kept[key] =
                member == "" ? "" : try element.decode(member, at: "\(path).\(key)", &unknown)
        }
        return kept.isEmpty ? nil : .object(kept)
    }

    private func decode(
        _ items: [JSONValue], _ element: Schema, at path: String, _ unknown: inout [String]
    ) throws(TypeMismatch) -> JSONValue? {
        var kept: [JSONValue] = []
        for (index, item) in items.enumerated() {
            let decoded = try element.decode(item, at: "\(path)[\(index)]", &unknown)
            kept.append(decoded ?? item)
        }
        return kept.isEmpty ? nil : .array(kept)
    }

    private func decode(
        _ members: [String: JSONValue], fields: [String: Schema], at path: String,
        _ unknown: inout [String]
    ) throws(TypeMismatch) -> JSONValue {
        var kept: [String: JSONValue] = [:]
        for (key, member) in members {
            let inner = path.isEmpty ? key : "\(path).\(key)"
            guard let schema = fields[key] else {
                unknown.append(inner)
                continue
            }
            kept[key] = try schema.decode(member, at: inner, &unknown)
        }
        return .object(kept)
    }

    private func mismatch(_ path: String, _ wanted: String, _ found: String) -> TypeMismatch {
        TypeMismatch(
            description: "\(path.isEmpty ? "body" : path): wants \(wanted), found \(found)")
    }

    private var wanted: String {
        switch self {
        case .string: "a string"
        case .integer: "an integer"
        case .boolean: "true or false"
        case .time, .microTime: "a time"
        case .integerOrString: "an integer or a string"
        case .bytes: "base64 text"
        case .any: "anything"
        case .map, .object: "an object"
        case .list: "an array"
        }
    }
}
