/// One value of a YAML file and where it stands; typed by what the reader wants, not by looks.
package struct YAMLNode: Hashable, Sendable {
    package let position: YAMLPosition
    package let value: Value

    package init(position: YAMLPosition, value: Value) {
        self.position = position
        self.value = value
    }

    package enum Value: Hashable, Sendable {
        /// `isPlain`: written without quotes, so that `true`, `7` and `null` are not texts.
        case scalar(String, isPlain: Bool)
        case sequence([YAMLNode])
        /// In file order, keys as written; a key may come twice, which readers refuse.
        case mapping([Entry])
    }

    package struct Entry: Hashable, Sendable {
        package let key: YAMLNode
        package let value: YAMLNode
    }

    /// `null`, `~` or nothing at all.
    package var isNull: Bool {
        guard case .scalar(let text, isPlain: true) = value else { return false }
        return ["", "~", "null", "Null", "NULL"].contains(text)
    }

    /// What it is, for messages: `"abc"`, `a list`.
    package var sight: String {
        switch value {
        case .scalar(let text, _): isNull ? "nothing" : "\"\(text)\""
        case .sequence: "a list"
        case .mapping: "a mapping"
        }
    }

    // MARK: - By key

    /// The value of `key` of a mapping, the first if there are more; nil when absent, or when this
    /// is no mapping.
    package subscript(key: String) -> YAMLNode? {
        guard case .mapping(let entries) = value else { return nil }
        return entries.first { $0.key.plainText == key }?.value
    }

    /// Whatever is written, also a number or a boolean; nil for a list or a mapping.
    package var plainText: String? {
        guard case .scalar(let text, _) = value else { return nil }
        return text
    }

    /// Throws for the first key, here or below, that is no text or that its mapping has twice.
    func checkKeys() throws(YAMLError) {
        switch value {
        case .scalar: return
        case .sequence(let nodes): for node in nodes { try node.checkKeys() }
        case .mapping(let entries):
            var keys: Set<String> = []
            for entry in entries {
                guard let key = entry.key.plainText else {
                    throw YAMLError(
                        entry.key.position, "\(entry.key.sight) found where a key is wanted")
                }
                guard keys.insert(key).inserted else {
                    throw YAMLError(entry.key.position, "key \"\(key)\" is there twice")
                }
                try entry.value.checkKeys()
            }
        }
    }

    // MARK: - Typed reading

    /// The text; a number, boolean or null without quotes is none, because other readers of the
    /// same file take it for one.
    package func text() throws(YAMLError) -> String {
        guard case .scalar(let text, let isPlain) = value, !isNull else {
            throw YAMLError(position, "\(sight) found where a text is wanted")
        }
        guard isPlain, let kind = Self.kindOfPlain(text) else { return text }
        throw YAMLError(
            position, "\(text) is a \(kind) where a text is wanted; write it in quotes")
    }

    /// `true` or `false`; `yes`, `on` and their like mean different things to different readers.
    package func boolean() throws(YAMLError) -> Bool {
        guard case .scalar(let text, isPlain: true) = value, text == "true" || text == "false"
        else {
            throw YAMLError(position, "\(sight) found where true or false is wanted")
        }
        return text == "true"
    }

    /// A decimal number within `bounds`.
    package func integer(in bounds: ClosedRange<Int>) throws(YAMLError) -> Int {
        guard case .scalar(let text, isPlain: true) = value, Self.isInteger(text),
            let number = Int(text), bounds.contains(number)
        else {
            throw YAMLError(
                position,
                "\(sight) found where a number from \(bounds.lowerBound) to \(bounds.upperBound) "
                    + "is wanted")
        }
        return number
    }

    package func sequence() throws(YAMLError) -> [YAMLNode] {
        if case .sequence(let nodes) = value { return nodes }
        throw YAMLError(position, "\(sight) found where a list is wanted")
    }

    package func mapping() throws(YAMLError) -> [Entry] {
        if case .mapping(let entries) = value { return entries }
        throw YAMLError(position, "\(sight) found where a mapping is wanted")
    }

    /// What YAML 1.1 or 1.2 takes an unquoted text for, when not for a text.
    private static func kindOfPlain(_ text: String) -> String? {
        let booleans = ["true", "false", "yes", "no", "on", "off"]
        if booleans.contains(text.lowercased()) { return "boolean" }
        return isInteger(text) || isFraction(text) ? "number" : nil
    }

    private static func isInteger(_ text: String) -> Bool {
        let digits = text.hasPrefix("-") || text.hasPrefix("+") ? text.dropFirst() : text[...]
        return !digits.isEmpty && digits.utf8.allSatisfy { (0x30...0x39).contains($0) }
    }

    private static func isFraction(_ text: String) -> Bool {
        text.utf8.contains { (0x30...0x39).contains($0) } && Double(text) != nil
    }
}

/// A place in a file, both counted from 1; the column in characters.
package struct YAMLPosition: Hashable, Comparable, Sendable {
    package let line: Int
    package let column: Int

    package init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }

    package static func < (left: YAMLPosition, right: YAMLPosition) -> Bool {
        (left.line, left.column) < (right.line, right.column)
    }
}

/// What is wrong, and where.
package struct YAMLError: Error, Hashable, Sendable, CustomStringConvertible {
    package let position: YAMLPosition
    package let message: String

    package init(_ position: YAMLPosition, _ message: String) {
        self.position = position
        self.message = message
    }

    package var description: String { "\(position.line):\(position.column): \(message)" }
}
