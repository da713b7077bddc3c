import Foundation
import Testing

@testable import EmbeddedAPI

/// A generator whose every run is the same (SplitMix64).
struct Seeded: RandomNumberGenerator {
    var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}

func json(_ text: String) throws -> JSONValue {
    var parser = JSONParser(Array(text.utf8))
    return try parser.parse()
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
        var random = Seeded(7)
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

@Suite struct AgeTests {
    static let ages: [(Int64, String)] = [
        (-5, "<invalid>"), (-1, "0s"), (0, "0s"), (119, "119s"), (120, "2m"), (125, "2m5s"),
        (599, "9m59s"), (600, "10m"), (10_799, "179m"), (10_800, "3h"), (10_860, "3h1m"),
        (28_800, "8h"), (172_799, "47h"), (172_800, "2d"), (180_000, "2d2h"), (691_200, "8d"),
        (63_071_999, "729d"), (63_072_000, "2y"), (63_072_000 + 86_400, "2y1d"),
        (252_288_000, "8y"),
    ]

    @Test(arguments: ages) func agesReadAsKubectlWritesThem(seconds: Int64, text: String) {
        #expect(humanDuration(seconds: seconds) == text)
    }
}
