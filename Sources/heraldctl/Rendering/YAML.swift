import Status

extension Document {
    /// YAML text in the order of the tree, block style, without a line end after it.
    var yaml: String {
        yamlLines.joined(separator: "\n")
    }

    private var yamlLines: [String] {
        switch self {
        case .text(let value): [Self.yamlScalar(value)]
        case .number(let value): [String(value)]
        case .flag(let value): [value ? "true" : "false"]
        case .list(let elements) where elements.isEmpty: ["[]"]
        case .object(let fields) where fields.isEmpty: ["{}"]
        case .list(let elements): elements.flatMap { Self.yamlElement($0) }
        case .object(let fields): fields.flatMap { Self.yamlField($0) }
        }
    }

    private static func yamlElement(_ element: Document) -> [String] {
        element.yamlLines.enumerated().map { ($0.offset == 0 ? "- " : "  ") + $0.element }
    }

    private static func yamlField(_ field: Field) -> [String] {
        let name = yamlScalar(field.name) + ":"
        let lines = field.value.yamlLines
        switch field.value {
        case .list(let elements) where !elements.isEmpty: return [name] + lines
        case .object(let fields) where !fields.isEmpty: return [name] + lines.map { "  " + $0 }
        case .text, .number, .flag, .list, .object: return [name + " " + lines.joined()]
        }
    }

    /// Plain where that can only be read as text, else quoted as in JSON.
    private static func yamlScalar(_ text: String) -> String {
        let isPlain =
            text.utf8.first.map(isLetter) == true && text.utf8.allSatisfy(isPlainByte)
            && !otherMeanings.contains(text.lowercased())
        return isPlain ? text : quoted(text)
    }

    /// What YAML 1.1 or 1.2 readers take for something else than text.
    private static let otherMeanings: Set<String> = [
        "true", "false", "yes", "no", "on", "off", "y", "n", "null",
    ]

    private static func isLetter(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        default: false
        }
    }

    private static func isPlainByte(_ byte: UInt8) -> Bool {
        switch byte {
        case _ where isLetter(byte): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "/"), UInt8(ascii: "-"),
            UInt8(ascii: "."), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}
