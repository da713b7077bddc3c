import FoundationEssentials
import JSON
import Timing

/// The fields of a kind: which there are, their types, the rules for their values, and how a
/// strategic merge patch merges them.
indirect enum Schema: Sendable {
    /// A value of one type: what that is called, and its one form; nil for other types.
    case scalar(String, @Sendable (JSONValue) -> JSONValue?)
    case map(Schema)
    case list(Schema, ListMerge = .atomic)
    case object([String: Schema])
    /// A pointer in Go's types: an empty text is told from none.
    case pointer(Schema)
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

    /// An object's fields; names that stand together, with blanks between, are of one type.
    static func fields(_ fields: [String: Schema]) -> Schema {
        let single = fields.flatMap { names, schema in
            names.split(separator: " ").map { (String($0), schema) }
        }
        return .object(Dictionary(uniqueKeysWithValues: single))
    }

    static let string = scalar("a string") { $0.string == nil ? nil : $0 }
    static let integer = scalar("an integer") { $0.integer == nil ? nil : $0 }
    static let boolean = scalar("true or false") { [true, false].contains($0) ? $0 : nil }
    static let integerOrString = scalar("an integer or a string") {
        $0.integer == nil && $0.string == nil ? nil : $0
    }
    static let bytes = scalar("base64 text") { value in
        value.string.flatMap { Data(base64Encoded: $0) } == nil ? nil : value
    }
    /// metav1.Time: RFC 3339, kept in UTC seconds.
    static let time = scalar("an RFC 3339 time") { value in
        value.string.flatMap { WallTime($0) }.map { .string($0.text()) }
    }
    /// metav1.MicroTime: exactly six fraction digits; the real server refuses others.
    static let microTime = scalar("a time like 2006-01-02T15:04:05.000000Z") { value in
        value.string.flatMap { WallTime($0, fractionDigits: 6) }
            .map { .string($0.text(fractionDigits: 6)) }
    }
    /// Kept as it is.
    static let any = scalar("anything") { $0 }

    static let strings = Schema.list(.string)

    /// The type alone, without what only checks look at.
    var bare: Schema {
        switch self {
        case .required(let inner), .checked(let inner, _), .pointer(let inner): inner.bare
        case .scalar, .map, .list, .object: self
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
        if case .pointer = self, value == "" { return value }
        switch (bare, value) {
        case (_, .null): return nil
        case (.scalar(let wanted, let form), _):
            guard let found = form(value) else { throw mismatch(path, wanted, value) }
            return found == "" ? nil : found
        case (.map(let element), .object(let members)):
            // An empty text is a value like any other in a map.
            var kept = members.filter { $0.value == "" }
            for (key, member) in members where member != "" {
                kept[key] = try element.decode(member, at: joined(path, key), &unknown)
            }
            return kept.isEmpty ? nil : .object(kept)
        case (.list(let element, _), .array(let items)):
            var kept: [JSONValue] = []
            for (index, item) in items.enumerated() {
                kept.append(try element.decode(item, at: "\(path)[\(index)]", &unknown) ?? item)
            }
            return kept.isEmpty ? nil : .array(kept)
        case (.object(let fields), .object(let members)):
            var kept: [String: JSONValue] = [:]
            for (key, member) in members {
                let inner = joined(path, key)
                if fields[key] == nil { unknown.append(inner) }
                kept[key] = try fields[key]?.decode(member, at: inner, &unknown)
            }
            return .object(kept)
        case (.list, _): throw mismatch(path, "an array", value)
        default: throw mismatch(path, "an object", value)
        }
    }

    private func mismatch(_ path: String, _ wanted: String, _ value: JSONValue) -> APIError {
        let found = if case .number(let text) = value { text } else { "a JSON \(value.typeName)" }
        return .badRequest("\(path.isEmpty ? "body" : path): wants \(wanted), found \(found)")
    }
}

extension Schema {
    /// Elements of one list: some are compared each with each.
    private static let itemsMax = 1_000

    /// Reports every value that a rule refuses and every required field that is not there.
    func check(_ value: JSONValue?, at path: String = "", _ causes: inout FieldCauses) {
        switch (self, value) {
        case (.required, nil): causes.required(path)
        case (.required(let inner), _), (.pointer(let inner), _):
            inner.check(value, at: path, &causes)
        case (.checked(let inner, let rule), let value?):
            inner.check(value, at: path, &causes)
            rule(value, path, &causes)
        case (.object(let fields), .object(let members)?):
            for (name, schema) in fields.sorted(by: { $0.key < $1.key }) {
                schema.check(members[name], at: joined(path, name), &causes)
            }
        case (.map(let element), .object(let members)?):
            for (_, member) in members.sorted(by: { $0.key < $1.key }) {
                element.check(member, at: path, &causes)
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
