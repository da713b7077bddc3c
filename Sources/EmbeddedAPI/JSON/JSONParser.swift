/// Bytes that are not one JSON document; says where.
struct JSONParseError: Error, Hashable, CustomStringConvertible {
    let description: String
}

/// A strict parser (RFC 8259): one document, UTF-8, no nesting beyond `depthMax`.
///
/// Of a key that comes twice the last one counts, and its path is listed in `duplicates`.
struct JSONParser {
    /// Levels of arrays and objects; a deeper document could exhaust the stack.
    static let depthMax = 100

    private let bytes: [UInt8]
    private var position = 0
    private var depth = 0
    private var path: [String] = []
    private(set) var duplicates: [String] = []

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    mutating func parse() throws(JSONParseError) -> JSONValue {
        skipBlanks()
        let value = try parseValue()
        skipBlanks()
        guard position == bytes.count else { throw error("something follows the document") }
        return value
    }

    private mutating func parseValue() throws(JSONParseError) -> JSONValue {
        switch peek {
        case UInt8(ascii: "{"): return try parseObject()
        case UInt8(ascii: "["): return try parseArray()
        case UInt8(ascii: "\""): return .string(try parseString())
        case UInt8(ascii: "t"): return try parseWord("true", .boolean(true))
        case UInt8(ascii: "f"): return try parseWord("false", .boolean(false))
        case UInt8(ascii: "n"): return try parseWord("null", .null)
        default: return .number(try parseNumber())
        }
    }

    private mutating func parseObject() throws(JSONParseError) -> JSONValue {
        try enter()
        var members: [String: JSONValue] = [:]
        skipBlanks()
        guard !skip("}") else { return .object(members) }
        repeat {
            skipBlanks()
            guard peek == UInt8(ascii: "\"") else { throw error("a key is wanted") }
            let key = try parseString()
            skipBlanks()
            guard skip(":") else { throw error("a colon is wanted") }
            skipBlanks()
            path.append(key)
            let replaced = members.updateValue(try parseValue(), forKey: key)
            if replaced != nil { duplicates.append(path.joined(separator: ".")) }
            path.removeLast()
            skipBlanks()
        } while skip(",")
        guard skip("}") else { throw error("a comma or } is wanted") }
        depth -= 1
        return .object(members)
    }

    private mutating func parseArray() throws(JSONParseError) -> JSONValue {
        try enter()
        var items: [JSONValue] = []
        skipBlanks()
        guard !skip("]") else { return .array(items) }
        repeat {
            skipBlanks()
            items.append(try parseValue())
            skipBlanks()
        } while skip(",")
        guard skip("]") else { throw error("a comma or ] is wanted") }
        depth -= 1
        return .array(items)
    }

    private mutating func enter() throws(JSONParseError) {
        position += 1
        depth += 1
        guard depth <= Self.depthMax else {
            throw error("nested deeper than \(Self.depthMax) levels")
        }
    }

    private mutating func parseWord(
        _ word: StaticString, _ value: JSONValue
    ) throws(JSONParseError) -> JSONValue {
        let count = word.utf8CodeUnitCount
        guard bytes.count - position >= count,
            bytes[position..<position + count].elementsEqual("\(word)".utf8)
        else { throw error("a value is wanted") }
        position += count
        return value
    }

    private mutating func parseNumber() throws(JSONParseError) -> String {
        let start = position
        _ = skip("-")
        let isZero = skip("0")
        guard isZero || skipDigits() else { throw error("a value is wanted") }
        if skip("."), !skipDigits() { throw error("digits are wanted after the point") }
        if skip("e") || skip("E") {
            if !skip("+") { _ = skip("-") }
            guard skipDigits() else { throw error("an exponent is wanted") }
        }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    private mutating func parseString() throws(JSONParseError) -> String {
        position += 1
        var text: [UInt8] = []
        let start = position
        while let byte = peek {
            switch byte {
            case UInt8(ascii: "\""):
                guard let string = String(validating: text, as: UTF8.self) else {
                    throw error("a string that is not UTF-8 begins at byte \(start)")
                }
                position += 1
                return string
            case UInt8(ascii: "\\"):
                position += 1
                try parseEscape(into: &text)
            case 0..<0x20: throw error("a control character stands in a string")
            default:
                text.append(byte)
                position += 1
            }
        }
        throw error("a string does not end")
    }

    private mutating func parseEscape(into text: inout [UInt8]) throws(JSONParseError) {
        guard let byte = peek else { throw error("an escape does not end") }
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"): text.append(contentsOf: "\(try parseScalar())".utf8)
        default: throw error("an unknown escape")
        }
    }

    /// The scalar of `\uXXXX`, of two such halves of a pair, or U+FFFD for a half alone.
    private mutating func parseScalar() throws(JSONParseError) -> Unicode.Scalar {
        let replacement: Unicode.Scalar = "\u{FFFD}"
        let first = try parseHexadecimal()
        guard (0xD800..<0xDC00).contains(first) else {
            return Unicode.Scalar(first) ?? replacement
        }
        guard skip("\\") else { return replacement }
        guard skip("u") else {
            position -= 1
            return replacement
        }
        let second = try parseHexadecimal()
        guard (0xDC00..<0xE000).contains(second) else {
            position -= 6
            return replacement
        }
        return Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00)) ?? replacement
    }

    private mutating func parseHexadecimal() throws(JSONParseError) -> UInt32 {
        guard bytes.count - position >= 4 else { throw error("four hexadecimal digits wanted") }
        var value: UInt32 = 0
        for byte in bytes[position..<position + 4] {
            guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
                throw error("four hexadecimal digits wanted")
            }
            value = value << 4 | UInt32(digit)
        }
        position += 4
        return value
    }

    // MARK: Bytes

    private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func skip(_ wanted: Unicode.Scalar) -> Bool {
        guard peek == UInt8(ascii: wanted) else { return false }
        position += 1
        return true
    }

    private mutating func skipDigits() -> Bool {
        let start = position
        while let byte = peek, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) {
            position += 1
        }
        return position > start
    }

    private mutating func skipBlanks() {
        while let byte = peek, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
            position += 1
        }
    }

    private func error(_ problem: String) -> JSONParseError {
        JSONParseError(description: "\(problem) at byte \(position)")
    }
}
