import Testing

@testable import YAML

@Suite struct YAMLTreeTests {
    /// The tree without positions and quotes.
    private static func shape(_ node: YAMLNode) -> String {
        switch node.value {
        case .scalar(let text, _): "'\(text)'"
        case .sequence(let nodes): "[" + nodes.map(shape).joined(separator: " ") + "]"
        case .mapping(let entries):
            "{" + entries.map { shape($0.key) + "=" + shape($0.value) }.joined(separator: " ") + "}"
        }
    }

    @Test(arguments: [
        ("block style", "a: 1\nb:\n  - x\n  - c:\n"),
        ("flow style", "{a: 1, b: [x, {c: }]}"),
        ("JSON", #"{"a": "1", "b": ["x", {"c": ""}]}"#),
        ("comments and a document start", "# hello\n---\na: '1' # one\nb: [x, c: '']\n"),
        ("Windows line ends", "a: 1\r\nb:\r\n- x\r\n- c: ''\r\n"),
        ("an alias", "a: &one 1\nb: [x, {c: ''}]\n"),
    ])
    func everyStyleGivesTheSameTree(name: String, text: String) throws {
        let root = try YAMLDocuments.single(parsing: Array(text.utf8))
        #expect(Self.shape(root) == "{'a'='1' 'b'=['x' {'c'=''}]}", "\(name)")
    }

    @Test func aKeyLeadsToItsValue() throws {
        let root = try YAMLDocuments.single(parsing: Array("a: 1\nb: [x]\n".utf8))
        #expect(
            root["a"]?.plainText == "1" && root["a"]?.position == YAMLPosition(line: 1, column: 4))
        #expect(root["b"]?.plainText == nil && root["c"] == nil && root["b"]?["a"] == nil)
    }

    @Test(arguments: [
        ("nothing", "", "1:1: the file is empty"),
        ("only a comment", "# x\n", "1:1: the file is empty"),
        ("two documents", "a: 1\n---\nb: 2\n", "3:1: a second document, where one is wanted"),
        ("a key twice", "a: 1\na: 2\n", #"2:1: key "a" is there twice"#),
        ("a key twice, below", "x: [{a: 1, a: 2}]\n", #"1:12: key "a" is there twice"#),
        ("a list as a key", "[a]: 1\n", "1:1: a list found where a key is wanted"),
        ("an unknown alias", "a: *x\n", "1:4: alias *x has no anchor before it"),
        ("an open bracket", "a: [1\n", "2:1: not YAML: did not find expected ',' or ']'"),
        ("a tab as indentation", "a:\n\tb: 1\n", "2:1: a tab is used as indentation; use blanks"),
        (
            "a tag", "a: !!int 1\n",
            #"1:4: tag "tag:yaml.org,2002:int" is not supported; leave it out"#
        ),
        ("a control character", "a: \u{7}", "1:4: not YAML: control characters are not allowed"),
        ("a NUL", "a\u{0}", "1:2: a NUL byte found; this is no text"),
    ])
    func whatCannotBeReadSaysWhere(name: String, text: String, error: String) throws {
        let found = #expect(throws: YAMLError.self, "\(name)") {
            try YAMLDocuments.single(parsing: Array(text.utf8))
        }
        #expect(try #require(found).description == error)
    }

    /// No input may trap: texts of bytes that mean something to YAML, from a fixed seed.
    @Test func anyBytesAreReadOrRefused() {
        let alphabet = Array("ab:- \n\t[]{},'\"#&*!|>%@`?\\\u{0}0é".utf8)
        var state: UInt64 = 7
        func next(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % UInt64(bound))
        }
        for _ in 0..<20_000 {
            let bytes = (0..<next(24)).map { _ in alphabet[next(alphabet.count)] }
            _ = try? YAMLDocuments.single(parsing: bytes)
        }
    }
}
