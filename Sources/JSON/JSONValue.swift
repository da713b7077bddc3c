/// A JSON document as a value. Numbers keep their text, so that nothing is lost by rounding.
///
/// Object keys have no order (RFC 8259 §4); `serialized` sorts them, so equal values give equal
/// bytes.
package enum JSONValue: Hashable, Sendable {
    case null
    case boolean(Bool)
    case number(String)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    package init(stringLiteral value: String) { self = .string(value) }
    package init(integerLiteral value: Int64) { self = .number("\(value)") }
    package init(booleanLiteral value: Bool) { self = .boolean(value) }
    package init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    package init(dictionaryLiteral elements: (String, JSONValue)...) {
        self = .object(Dictionary(elements) { $1 })
    }
    package init(_ number: some BinaryInteger) { self = .number("\(number)") }
    package init(_ strings: [String]) { self = .array(strings.map { .string($0) }) }
}

extension JSONValue {
    package var boolean: Bool? { if case .boolean(let value) = self { value } else { nil } }
    package var string: String? { if case .string(let text) = self { text } else { nil } }
    package var integer: Int64? { if case .number(let text) = self { Int64(text) } else { nil } }
    package var array: [JSONValue]? { if case .array(let items) = self { items } else { nil } }
    package var object: [String: JSONValue]? {
        if case .object(let members) = self { members } else { nil }
    }

    /// The strings of an array of strings; nil for anything else.
    package var strings: [String]? {
        guard let array else { return nil }
        let strings = array.compactMap(\.string)
        return strings.count == array.count ? strings : nil
    }

    /// What JSON calls this value's type, for messages.
    package var typeName: String {
        switch self {
        case .null: "null"
        case .boolean: "bool"
        case .number: "number"
        case .string: "string"
        case .array: "array"
        case .object: "object"
        }
    }

    /// What lies at a path of members: `value["spec", "type"]`.
    ///
    /// Setting makes the objects on the way; setting nil removes the last member.
    package subscript(path: String...) -> JSONValue? {
        get { value(at: path) }
        set { set(newValue, at: path[...]) }
    }

    package func value(at path: [String]) -> JSONValue? {
        path.reduce(JSONValue?.some(self)) { $0?.object?[$1] }
    }

    private mutating func set(_ value: JSONValue?, at path: ArraySlice<String>) {
        guard let key = path.first else { return }
        var members = object ?? [:]
        self = .null  // so that the members are not copied while they change
        if path.count == 1 {
            members[key] = value
        } else if value != nil || members[key]?.object != nil {
            members[key, default: [:]].set(value, at: path.dropFirst())
        }
        self = .object(members)
    }

    /// An object with these members where it has none of that name.
    package func withDefaults(_ defaults: [String: JSONValue]) -> JSONValue {
        .object(defaults.merging(object ?? [:]) { $1 })
    }
}

extension JSONValue {
    package var serialized: [UInt8] { Array(text.utf8) }

    /// The document: keys sorted, no blanks.
    package var text: String {
        switch self {
        case .null: return "null"
        case .boolean(let value): return value ? "true" : "false"
        case .number(let text): return text
        case .string(let text): return Self.quoted(text)
        case .array(let items): return "[\(items.map(\.text).joined(separator: ","))]"
        case .object(let members):
            let sorted = members.sorted { $0.key < $1.key }
            let texts = sorted.map { "\(Self.quoted($0.key)):\($0.value.text)" }
            return "{\(texts.joined(separator: ","))}"
        }
    }

    private static func quoted(_ text: String) -> String {
        var bytes = [UInt8(ascii: "\"")]
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
            case UInt8(ascii: "\n"): bytes += "\\n".utf8
            case UInt8(ascii: "\t"): bytes += "\\t".utf8
            case 0..<0x20: bytes += "\\u00\(byte < 16 ? "0" : "")\(String(byte, radix: 16))".utf8
            default: bytes.append(byte)
            }
        }
        return String(decoding: bytes + [UInt8(ascii: "\"")], as: UTF8.self)
    }
}
