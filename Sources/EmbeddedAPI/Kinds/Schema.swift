import FoundationEssentials
import Timing

/// The fields of a kind: which there are, their types, the rules for their values, and how a
/// strategic merge patch merges them.
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
    /// May not be absent.
    case required(Schema)
    /// Has a rule beyond its type.
    case checked(Schema, Rule)

    /// Reports what is wrong with a value at a path.
    typealias Rule = @Sendable (_ value: JSONValue, _ path: String, inout FieldCauses) -> Void

    /// What a strategic merge patch does with a list (Kubernetes' patchStrategy and patchMergeKey).
    enum ListMerge: Hashable, Sendable {
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

    /// The type alone, without what only checks look at.
    var bare: Schema {
        switch self {
        case .required(let inner), .checked(let inner, _): inner.bare
        case .string, .integer, .boolean, .time, .microTime, .integerOrString, .bytes, .any, .map,
            .list, .object:
            self
        }
    }
}

extension Schema {
    /// Checks types, drops nulls, unknown fields and empty maps, lists and texts (as Go's
    /// `omitempty` does), brings times into their one form, and lists the unknown fields' paths.
    /// Throws 400 for a wrong type.
    func decode(_ value: JSONValue) throws -> (value: JSONValue, unknownFields: [String]) {
        var unknown: [String] = []
        let decoded = try decode(value, at: "", &unknown) ?? [:]
        return (decoded, unknown.sorted())
    }

    private func decode(
        _ value: JSONValue, at path: String, _ unknown: inout [String]
    ) throws -> JSONValue? {
        switch (bare, value) {
        case (_, .null): return nil
        case (.any, _), (.boolean, .boolean), (.integerOrString, .string): return value
        case (.string, .string(let text)): return text.isEmpty ? nil : value
        case (.bytes, .string(let text)) where Data(base64Encoded: text) != nil: return value
        case (.integer, .number(let text)), (.integerOrString, .number(let text)):
            guard Int64(text) != nil else { throw mismatch(path, text) }
            return value
        case (.time, .string(let text)):
            guard let time = WallTime(text) else { throw mismatch(path, text) }
            return .string(time.text())
        case (.microTime, .string(let text)):
            guard let time = WallTime(text, fractionDigits: 6) else { throw mismatch(path, text) }
            return .string(time.text(fractionDigits: 6))
        case (.map(let element), .object(let members)):
            let kept = try decode(members, at: path, &unknown) { _ in element }
            // An empty text is a value like any other in a map.
            let all = kept.merging(members.filter { $0.value == "" }) { $1 }
            return all.isEmpty ? nil : .object(all)
        case (.list(let element, _), .array(let items)):
            var kept: [JSONValue] = []
            for (index, item) in items.enumerated() {
                kept.append(try element.decode(item, at: "\(path)[\(index)]", &unknown) ?? item)
            }
            return kept.isEmpty ? nil : .array(kept)
        case (.object(let fields), .object(let members)):
            return .object(try decode(members, at: path, &unknown) { fields[$0] })
        default: throw mismatch(path, "a JSON \(value.typeName)")
        }
    }

    private func decode(
        _ members: [String: JSONValue], at path: String, _ unknown: inout [String],
        _ schema: (String) -> Schema?
    ) throws -> [String: JSONValue] {
        var kept: [String: JSONValue] = [:]
        for (key, member) in members {
            let inner = joined(path, key)
            if let schema = schema(key) {
                kept[key] = try schema.decode(member, at: inner, &unknown)
            } else {
                unknown.append(inner)
            }
        }
        return kept
    }

    private func mismatch(_ path: String, _ found: String) -> APIError {
        .badRequest("\(path.isEmpty ? "body" : path): wants \(bare.wanted), found \(found)")
    }

    private var wanted: String {
        switch self {
        case .string: "a string"
        case .integer: "an integer"
        case .boolean: "true or false"
        case .time: "an RFC 3339 time"
        case .microTime: "a time like 2006-01-02T15:04:05.000000Z"
        case .integerOrString: "an integer or a string"
        case .bytes: "base64 text"
        case .map, .object: "an object"
        case .list: "an array"
        case .any, .required, .checked: "anything"
        }
    }
}

extension Schema {
    /// Elements of one list: some are compared each with each.
    private static let itemsMax = 1_000

    /// Reports every value that a rule refuses and every required field that is not there.
    func check(_ value: JSONValue?, at path: String = "", _ causes: inout FieldCauses) {
        switch (self, value) {
        case (.required, nil): causes.required(path)
        case (.required(let inner), _): inner.check(value, at: path, &causes)
        case (.checked(let inner, let rule), let value?):
            inner.check(value, at: path, &causes)
            rule(value, path, &causes)
        case (.object(let fields), .object(let members)?):
            for (name, schema) in fields.sorted(by: { $0.key < $1.key }) {
                schema.check(members[name], at: joined(path, name), &causes)
            }
        case (.list(let element, _), .array(let items)?):
            guard items.count <= Self.itemsMax else {
                let problem = "must have at most \(Self.itemsMax) items"
                return causes.invalid(path, JSONValue(items.count), problem)
            }
            for (index, item) in items.enumerated() {
                element.check(item, at: "\(path)[\(index)]", &causes)
            }
        default: break
        }
    }
}

private func joined(_ path: String, _ name: String) -> String {
    path.isEmpty ? name : "\(path).\(name)"
}
