import Testing

@testable import Kubernetes

@Suite struct YAMLNodeTests {
    private static let tree: YAMLNode = .mapping([
        YAMLEntry(key: "a", value: .scalar("1")),
        YAMLEntry(
            key: "b",
            value: .sequence([
                .scalar("x"), .mapping([YAMLEntry(key: "c", value: .scalar(""))]),
            ])),
    ])

    @Test(arguments: [
        ("block style", "a: 1\nb:\n  - x\n  - c:\n"),
        ("flow style", "{a: 1, b: [x, {c: }]}"),
        ("JSON", #"{"a": "1", "b": ["x", {"c": ""}]}"#),
        ("comments and a document start", "# hello\n---\na: '1' # one\nb: [x, c: '']\n"),
        ("Windows line ends", "a: 1\r\nb:\r\n- x\r\n- c: ''\r\n"),
    ])
    func everyStyleGivesTheSameTree(name: String, text: String) throws {
        #expect(try YAMLNode(parsing: Array(text.utf8)) == Self.tree, "\(name)")
    }

    @Test(arguments: [
        ("nothing", "", "line 1, column 1: is empty"),
        ("only a comment", "# x\n", "line 2, column 1: is empty"),
        ("two documents", "a: 1\n---\nb: 2\n", "line 2, column 4: holds a second document"),
        ("an alias", "a: &x 1\nb: *x\n", "line 2, column 6: uses an alias"),
        ("a key twice", "a: 1\na: 2\n", #"line 2, column 3: has the key "a" twice"#),
        ("a list as a key", "[a]: 1\n", "line 1, column 5: has a key that is no text"),
        ("an open bracket", "a: [1\n", "line 2, column 1: did not find expected ',' or ']'"),
        ("a tab as indentation", "a:\n\tb: 1\n", "line 2, column 1: found character that cannot"),
        ("no UTF-8", "a: \u{7}", "line 1, column 1: control characters are not allowed"),
    ])
    func whatCannotBeReadSaysWhere(name: String, text: String, error: String) throws {
        let found = #expect(throws: YAMLError.self, "\(name)") {
            try YAMLNode(parsing: Array(text.utf8))
        }
        let description = try #require(found).description
        #expect(description.hasPrefix(error), "\(description)")
    }

    @Test func depthAndSizeAreLimited() {
        let deep = String(repeating: "[", count: 1_000) + String(repeating: "]", count: 1_000)
        #expect(throws: YAMLError.self) { try YAMLNode(parsing: Array(deep.utf8)) }
        let large = Array(repeating: UInt8(ascii: "a"), count: YAMLNode.bytesMax + 1)
        #expect(throws: YAMLError.self) { try YAMLNode(parsing: large) }
    }

    /// No input may trap: texts of bytes that mean something to YAML, from a fixed seed.
    @Test func anyBytesAreReadOrRefused() {
        let alphabet = Array("ab:- \n\t[]{},'\"#&*!|>%@`?\\\u{0}0é".utf8)
        var draw = SplitMix64(seed: 7)
        for _ in 0..<20_000 {
            let length = Int(draw.next() % 24)
            let bytes = (0..<length).map { _ in alphabet[Int(draw.next() % UInt64(alphabet.count))]
            }
            _ = try? YAMLNode(parsing: bytes)
        }
    }
}

/// A small generator with a seed, so that a failure can be repeated.
struct SplitMix64: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
