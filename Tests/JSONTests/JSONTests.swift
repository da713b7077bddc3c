import Foundation
import JSON
import Laboratory
import Testing

private func json(_ text: String) throws -> JSONValue {
    try JSONValue(parsing: text.utf8)
}

@Suite struct JSONTests {
    static let accepted: [(String, JSONValue)] = [
        ("null", .null), (" true ", true), ("-0", .number("-0")), ("1.50e+3", .number("1.50e+3")),
        ("12345678901234567890123", .number("12345678901234567890123")), (#""""#, ""),
        (#""a\"\\\/\b\f\n\r\té""#, "a\"\\/\u{8}\u{c}\n\r\té"), (#""\ud83d\ude00""#, "😀"),
        (#""\ud83dx""#, "\u{FFFD}x"), (#""\ud83d\n""#, "\u{FFFD}\n"),
        (#""\ud83d\u0041""#, "\u{FFFD}A"), (#""\udc00""#, "\u{FFFD}"),
        ("[]", []), ("[1 , [ ] ]", [1, []]), ("{}", [:]),
        (#"{"a":{"b":[null]}}"#, ["a": ["b": [.null]]]),
    ]

    @Test(arguments: accepted) func accepts(text: String, value: JSONValue) throws {
        #expect(try json(text) == value)
    }

    static let refused = [
        "", " ", "nul", "tru e", "+1", "01", "1.", ".5", "1e", "--1", "'a'", "\"", "\"\\x\"",
        "\"\\u12g4\"", "\"\\u12\"", "\"\n\"", "[", "[1", "[1,]", "[,1]", "{", "{\"a\"}", "{\"a\":}",
        "{\"a\":1,}", "{a:1}", "{\"a\":1 \"b\":2}", "1 2", "[]]", "\u{FEFF}1", "NaN", "Infinity",
        "// c\n1",
    ]

    @Test(arguments: refused) func refuses(text: String) {
        #expect(throws: JSONParseError.self) { try json(text) }
    }

    @Test func refusesBytesThatAreNotUTF8() {
        for bytes: [UInt8] in [
            [0x22, 0xFF, 0x22], [0x22, 0xC0, 0x80, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22],
        ] {
            var parser = JSONParser(bytes)
            #expect(throws: JSONParseError.self) { try parser.parse() }
        }
    }

    @Test func depthIsLimited() throws {
        let fits = JSONParser.depthMax
        _ = try json(String(repeating: "[", count: fits) + String(repeating: "]", count: fits))
        #expect(throws: JSONParseError.self) {
            try json(String(repeating: "[", count: 1_000_000))
        }
    }

    @Test func reportsDuplicateKeys() throws {
        var parser = JSONParser(Array(#"{"a":1,"m":{"x":1,"x":2},"a":3}"#.utf8))
        let value = try parser.parse()
        #expect(value == ["a": 3, "m": ["x": 2]])
        #expect(parser.duplicates == ["m.x", "a"])
    }

    /// The paths of many keys below a long one are many times the document.
    @Test func duplicatesAreNamedUpToABound() throws {
        let keys = String(repeating: #","x":1"#, count: 1_000)
        var parser = JSONParser(Array("{\"x\":1\(keys)}".utf8))
        _ = try parser.parse()
        #expect(parser.duplicates == Array(repeating: "x", count: JSONParser.duplicatesMax))
    }

    @Test func equalValuesGiveEqualBytes() throws {
        let value = try json(#"{"b":[1,2.50,"\u0001\t\""],"a":{"z":null,"y":true}}"#)
        let text = String(decoding: value.serialized, as: UTF8.self)
        #expect(text == #"{"a":{"y":true,"z":null},"b":[1,2.50,"\u0001\t\""]}"#)
        #expect(try json(text) == value)
    }

    @Test func membersAreReachedByPath() {
        var value: JSONValue = ["a": ["b": 1]]
        value["a", "c", "d"] = "x"
        #expect(value["a", "c", "d"] == "x")
        value["a", "b"] = nil
        #expect(value == ["a": ["c": ["d": "x"]]])
        value["q", "r"] = nil
        #expect(value["q"] == nil)
    }

    /// Foundation's own parser as an oracle: what it refuses we refuse, what both read is equal.
    @Test func agreesWithFoundationOnMutatedDocuments() throws {
        let seed = Array(
            #"""
            {"kind":"Service","spec":{"ports":[{"port":80,"name":"a\u00e9\n"},-1.5e3,true,\#
            null]}}
            """#
            .utf8)
        var random = SplitMix64(seed: 7)
        var read = 0
        for _ in 0..<3_000 {
            var bytes = seed
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let at = Int.random(in: 0..<bytes.count, using: &random)
                bytes[at] = seed.randomElement(using: &random) ?? 0
            }
            var parser = JSONParser(bytes)
            let ours = try? parser.parse()
            let theirs = try? JSONSerialization.jsonObject(
                with: Data(bytes), options: .fragmentsAllowed)
            if let ours {
                read += 1
                let again = try JSONSerialization.jsonObject(
                    with: Data(ours.serialized), options: .fragmentsAllowed)
                guard parser.duplicates.isEmpty else { continue }
                #expect(
                    (again as? NSObject) == (theirs as? NSObject),
                    "\(String(decoding: bytes, as: UTF8.self))")
            } else if theirs != nil {
                // Foundation lets some escapes and control characters through: never the reverse.
                let text = String(decoding: bytes, as: UTF8.self)
                #expect(text.contains("\\"), "only we refuse \(text)")
            }
        }
        #expect(read > 300)
    }
}
