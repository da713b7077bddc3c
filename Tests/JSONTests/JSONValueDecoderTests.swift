import JSON
import Testing

@Suite struct JSONValueDecoderTests {
    /// A type with all that a type may ask of a document.
    struct Sample: Codable, Hashable {
        struct Part: Codable, Hashable {
            var port: UInt16
            var weight: Double?
        }

        var name: String
        var isReady: Bool
        var count: Int64?
        var note: String?
        var parts: [Part]
        var labels: [String: String]
        var rest: JSONValue?
    }

    @Test func aTypeIsReadOutOfADocument() throws {
        let document = try JSONValue(
            parsing: #"""
                {"name":"a\n","isReady":true,"count":-9223372036854775808,"note":null,"unknown":[{}],
                "parts":[{"port":65535,"weight":1.5e-1},{"port":0,"weight":2}],
                "labels":{"b":"","a":"x"},"rest":{"deep":[null,1.50]}}
                """#
                .utf8)
        let sample = try document.decoded(as: Sample.self)
        #expect(
            sample
                == Sample(
                    name: "a\n", isReady: true, count: .min, note: nil,
                    parts: [.init(port: 65_535, weight: 0.15), .init(port: 0, weight: 2)],
                    labels: ["a": "x", "b": ""], rest: ["deep": [.null, .number("1.50")]]))
    }

    /// What is read, what stands there, where the fault is said to be.
    static let refused: [(String, String, String)] = [
        ("[]", "", "wants"), ("null", "", "wants"),
        (#"{"isReady":true}"#, "", "no \"name\""),
        (#"{"name":1}"#, "name", "wants String, found number"),
        (#"{"name":null}"#, "name", "wants String, found null"),
        (#"{"name":"a","isReady":"true"}"#, "isReady", "wants Bool, found string"),
        (#"{"name":"a","isReady":true,"count":"1"}"#, "count", "wants Int64, found string"),
        (
            #"{"name":"a","isReady":true,"count":9223372036854775808}"#, "count",
            "wants Int64, found number"
        ),
        (#"{"name":"a","isReady":true,"parts":{}}"#, "parts", "found object"),
        (
            #"{"name":"a","isReady":true,"parts":[{"port":1},{"port":-1}]}"#, "parts.1.port",
            "wants UInt16, found number"
        ),
        (
            #"{"name":"a","isReady":true,"parts":[],"labels":{"k":[]}}"#, "labels.k",
            "wants String, found array"
        ),
    ]

    @Test(arguments: refused) func refusalsNameThePlace(text: String, path: String, says: String) {
        let error = #expect(throws: DecodingError.self) {
            try JSONValue(parsing: text.utf8).decoded(as: Sample.self)
        }
        let context: DecodingError.Context? =
            switch error {
            case .typeMismatch(_, let context)?, .keyNotFound(_, let context)?: context
            default: nil
            }
        #expect(context?.codingPath.map(\.stringValue).joined(separator: ".") == path)
        #expect(context?.debugDescription.contains(says) == true, "\(String(describing: context))")
    }

    /// Arrays read item by item, as types with a form of their own do.
    @Test func itemsAreReadOneAfterTheOther() throws {
        struct Mixed: Decodable {
            var found: [String] = []

            init(from decoder: any Decoder) throws {
                var items = try decoder.unkeyedContainer()
                while !items.isAtEnd {
                    if try items.decodeNil() {
                        found.append("null")
                    } else if var inner = try? items.nestedUnkeyedContainer() {
                        found.append("array of \(try inner.decode(Int.self))")
                    } else {
                        found.append(try items.decode(String.self))
                    }
                }
                #expect(throws: DecodingError.self) { try items.decode(Int.self) }
            }
        }
        let mixed = try JSONValue(parsing: #"[null,[7],"x"]"#.utf8).decoded(as: Mixed.self)
        #expect(mixed.found == ["null", "array of 7", "x"])
    }

    /// What took `JSONDecoder` seconds: nobody may keep a client busy with a small document.
    @Test func deepNestingCostsLittle() throws {
        let depth = JSONParser.depthMax
        let text = String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        let start = ContinuousClock.now
        for _ in 0..<10 {
            let value = try JSONValue(parsing: text.utf8)
            #expect(try value.decoded(as: JSONValue.self) == value)
        }
        #expect(start.duration(to: .now) < .seconds(1))
    }
}
