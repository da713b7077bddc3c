extension Document {
    /// How JSON text is laid out.
    package enum Layout: Sendable {
        /// One line, no blanks: for programs.
        case compact
        /// Two blanks a level, one value a line: for people.
        case indented
    }

    /// JSON text (RFC 8259) in the order of the tree, without a line end after it.
    package func json(_ layout: Layout) -> String {
        var text = ""
        append(to: &text, layout, depth: 0)
        return text
    }

    private func append(to text: inout String, _ layout: Layout, depth: Int) {
        switch self {
        case .text(let value): text += Self.quoted(value)
        case .number(let value): text += String(value)
        case .flag(let value): text += value ? "true" : "false"
        case .list(let elements):
            Self.append(elements, between: ("[", "]"), to: &text, layout, depth: depth) {
                $1.append(to: &$0, layout, depth: depth + 1)
            }
        case .object(let fields):
            let colon = layout == .compact ? ":" : ": "
            Self.append(fields, between: ("{", "}"), to: &text, layout, depth: depth) {
                $0 += Self.quoted($1.name) + colon
                $1.value.append(to: &$0, layout, depth: depth + 1)
            }
        }
    }

    private static func append<Element>(
        _ elements: [Element], between brackets: (String, String), to text: inout String,
        _ layout: Layout, depth: Int, appendOne: (inout String, Element) -> Void
    ) {
        text += brackets.0
        for (index, element) in elements.enumerated() {
            if index > 0 { text += "," }
            if layout == .indented { text += newLine(depth: depth + 1) }
            appendOne(&text, element)
        }
        if layout == .indented, !elements.isEmpty { text += newLine(depth: depth) }
        text += brackets.1
    }

    private static func newLine(depth: Int) -> String {
        "\n" + String(repeating: "  ", count: depth)
    }

    /// A JSON string: also a valid double-quoted YAML scalar.
    package static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case "\n": quoted += "\\n"
            case "\r": quoted += "\\r"
            case "\t": quoted += "\\t"
            case _ where scalar.properties.generalCategory == .control:
                let digits = String(scalar.value, radix: 16)
                quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}
