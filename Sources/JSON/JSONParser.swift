/// Bytes that are not one JSON document; says where.
package struct JSONParseError: Error, CustomStringConvertible {
    package let description: String
}

/// A strict parser (RFC 8259): one document, UTF-8, no nesting beyond `depthMax`.
///
/// By hand, because `JSONDecoder` reads an unknown document some hundred times slower, takes seconds
/// for one that is nested deeply, and lets trailing commas and duplicate keys pass.
/// Of a key that comes twice the last one counts, and `duplicates` has the first such keys' paths.
package struct JSONParser {
    /// Levels of arrays and objects; a deeper document could exhaust the stack.
    package static let depthMax = 512
    /// Keys that come twice and are named; a document may have any number of them.
    package static let duplicatesMax = 100

    private let bytes: [UInt8]
    private var position = 0
    private var depth = 0
    private var path: [String] = []
    package private(set) var duplicates: [String] = []

    package init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    package mutating func parse() throws(JSONParseError) -> JSONValue {
        let value = try parseValue()
        guard position == bytes.count else { throw error("something follows the document") }
        return value
    }

    /// A value and the blanks around it.
    private mutating func parseValue() throws(JSONParseError) -> JSONValue {
        skipBlanks()
        let value: JSONValue
        switch peek {
        case UInt8(ascii: "{"): value = try parseObject()
        case UInt8(ascii: "["): value = try parseArray()
        case UInt8(ascii: "\""): value = .string(try parseString())
        case UInt8(ascii: "t"): value = try parseWord("true", .boolean(true))
        case UInt8(ascii: "f"): value = try parseWord("false", .boolean(false))
        case UInt8(ascii: "n"): value = try parseWord("null", .null)
        default: value = .number(try parseNumber())
        }
        skipBlanks()
        return value
    }

    private mutating func parseObject() throws(JSONParseError) -> JSONValue {
        var members: [String: JSONValue] = [:]
        try parseElements(until: "}") { parser throws(JSONParseError) in
            guard case .string(let key) = try parser.parseValue(), parser.skip(":") else {
                throw parser.error("a key and a colon are wanted")
            }
            parser.path.append(key)
            let isSecond = members.updateValue(try parser.parseValue(), forKey: key) != nil
            if isSecond, parser.duplicates.count < Self.duplicatesMax {
                parser.duplicates.append(parser.path.joined(separator: "."))
            }
            parser.path.removeLast()
        }
        return .object(members)
    }

    private mutating func parseArray() throws(JSONParseError) -> JSONValue {
        var items: [JSONValue] = []
        try parseElements(until: "]") { parser throws(JSONParseError) in
            items.append(try parser.parseValue())
        }
        return .array(items)
    }

    /// What stands between two brackets, with commas between.
    private mutating func parseElements(
        until end: Unicode.Scalar, _ parse: (inout JSONParser) throws(JSONParseError) -> Void
    ) throws(JSONParseError) {
        position += 1
        depth += 1
        guard depth <= Self.depthMax else {
            throw error("nested deeper than \(Self.depthMax) levels")
        }
        skipBlanks()
        if !skip(end) {
            repeat { try parse(&self) } while skip(",")
            guard skip(end) else { throw error("a comma or \(end) is wanted") }
        }
        depth -= 1
    }

    private mutating func parseWord(_ word: String, _ value: JSONValue) throws(JSONParseError)
        -> JSONValue
    {
        guard bytes[position...].starts(with: word.utf8) else { throw error("a value is wanted") }
        position += word.utf8.count
        return value
    }

    private mutating func parseNumber() throws(JSONParseError) -> String {
        let start = position
        _ = skip("-")
        guard skip("0") || skipDigits() else { throw error("a value is wanted") }
        if skip("."), !skipDigits() { throw error("digits are wanted after the point") }
        if skip("e") || skip("E") {
            if !skip("+") { _ = skip("-") }
            guard skipDigits() else { throw error("an exponent is wanted") }
        }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    private mutating func parseString() throws(JSONParseError) -> String {
        position += 1
        let start = position
        skipPlainText()
        // Nearly every string is as it stands.
        guard peek == UInt8(ascii: "\\") else {
            return try endString(bytes[start..<position], from: start)
        }
        var text = Array(bytes[start..<position])
        while peek == UInt8(ascii: "\\") {
            text += try parseEscape()
            let plain = position
            skipPlainText()
            text += bytes[plain..<position]
        }
        return try endString(text[...], from: start)
    }

    private mutating func skipPlainText() {
        skip { $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }
    }

    private mutating func endString(
        _ text: ArraySlice<UInt8>, from start: Int
    ) throws(JSONParseError) -> String {
        guard skip("\"") else {
            throw error(
                peek == nil ? "a string does not end" : "a control character stands in a string")
        }
        guard let string = String(validating: text, as: UTF8.self) else {
            throw error("a string that is not UTF-8 begins at byte \(start)")
        }
        return string
    }

    private static let escapes: [UInt8: UInt8] = [
        UInt8(ascii: "\""): UInt8(ascii: "\""), UInt8(ascii: "\\"): UInt8(ascii: "\\"),
        UInt8(ascii: "/"): UInt8(ascii: "/"), UInt8(ascii: "b"): 0x08, UInt8(ascii: "f"): 0x0C,
        UInt8(ascii: "n"): 0x0A, UInt8(ascii: "r"): 0x0D, UInt8(ascii: "t"): 0x09,
    ]

    private mutating func parseEscape() throws(JSONParseError) -> [UInt8] {
        if bytes[position...].starts(with: "\\u".utf8) { return try parseUnits() }
        position += 1
        guard let byte = peek, let meant = Self.escapes[byte] else {
            throw error("an unknown escape")
        }
        position += 1
        return [meant]
    }

    /// The text of `\uXXXX\uXXXX…`, UTF-16 units; half a pair alone becomes U+FFFD.
    private mutating func parseUnits() throws(JSONParseError) -> [UInt8] {
        var units: [UInt16] = []
        while bytes[position...].starts(with: "\\u".utf8) {
            let digits = bytes[position...].dropFirst(2).prefix(4)
            let text = String(decoding: digits, as: UTF8.self)
            guard digits.count == 4, text.allSatisfy(\.isHexDigit),
                let unit = UInt16(text, radix: 16)
            else { throw error("four hexadecimal digits are wanted") }
            units.append(unit)
            position += 6
        }
        return Array(String(decoding: units, as: UTF16.self).utf8)
    }

    // MARK: Bytes

    private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func skip(_ wanted: Unicode.Scalar) -> Bool {
        guard peek == UInt8(ascii: wanted) else { return false }
        position += 1
        return true
    }

    private mutating func skip(while isSkipped: (UInt8) -> Bool) {
        while let byte = peek, isSkipped(byte) { position += 1 }
    }

    private mutating func skipBlanks() {
        skip { $0 == 0x20 || $0 == 0x0A || $0 == 0x0D || $0 == 0x09 }
    }

    private mutating func skipDigits() -> Bool {
        let start = position
        skip { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        return position > start
    }

    private func error(_ problem: String) -> JSONParseError {
        JSONParseError(description: "\(problem) at byte \(position)")
    }
}
