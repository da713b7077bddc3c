import Testing

@testable import YAML

/// Files made to hang or fill a reader; each is refused, and soon.
@Suite struct YAMLBoundsTests {
    private func refusal(_ bytes: [UInt8]) -> String {
        do throws(YAMLError) {
            _ = try YAMLDocuments(parsing: bytes)
            return ""
        } catch {
            return error.description
        }
    }

    private func refusal(_ text: String) -> String { refusal(Array(text.utf8)) }

    @Test func fileOverOneMebibyteIsRefused() {
        let bytes = [UInt8](repeating: UInt8(ascii: "#"), count: (1 << 20) + 1)
        #expect(refusal(bytes) == "1:1: the file has more than 1048576 bytes; split it")
        #expect(refusal(Array(bytes.dropLast())) == "")
    }

    @Test func aliasBombIsRefused() {
        var text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
        for level in 1...9 {
            let aliases = (0..<9).map { _ in "*a\(level - 1)" }.joined(separator: ", ")
            text += "a\(level): &a\(level) [\(aliases)]\n"
        }
        #expect(refusal(text).hasSuffix("the file expands to more than 200000 values"))
    }

    @Test func smallAliasIsReadInPlace() throws {
        let node = try YAMLDocuments(parsing: Array("- &a 192.0.2.1\n- *a\n".utf8)).nodes[0]
        #expect(try node.sequence()[1].text() == "192.0.2.1")
        #expect(try node.sequence()[1].position == YAMLPosition(line: 2, column: 3))
    }

    @Test func aliasInsideItselfIsRefused() {
        #expect(refusal("&a [*a]\n") == "1:5: alias *a has no anchor before it")
    }

    @Test(arguments: ["[", "{", "- ", "? ", "{a: ", "[{"])
    func deepNestingIsRefusedSoon(opening: String) {
        let text = String(repeating: opening, count: (1 << 20) / opening.utf8.count)
        #expect(refusal(text).contains("nested more than 64 deep"))
    }

    @Test(arguments: [
        ("latin-1", [0x61, 0x3A, 0x20, 0xE9, 0x0A] as [UInt8], "1:4: these bytes are not UTF-8"),
        ("second line", [0x61, 0x0A, 0xFF], "2:1: these bytes are not UTF-8"),
        ("cut short", [0x61, 0x3A, 0x20, 0xC3], "1:4: these bytes are not UTF-8"),
        ("UTF-16", [0xFF, 0xFE, 0x61, 0x00], "1:3: a NUL byte found; this is no text"),
    ])
    func otherEncodingsAreRefused(what: String, bytes: [UInt8], said: String) {
        #expect(refusal(bytes) == said || refusal(bytes).contains("NUL"), "\(what)")
    }

    @Test func byteOrderMarkIsNoError() throws {
        let nodes = try YAMLDocuments(parsing: [0xEF, 0xBB, 0xBF] + Array("a: b\n".utf8)).nodes
        #expect(nodes.count == 1)
    }

    @Test func columnsCountCharacters() {
        #expect(refusal("ä: [\t}\n").hasPrefix("1:6: "))
    }

    @Test func emptyDocumentsAreLeftOut() throws {
        #expect(try YAMLDocuments(parsing: []).nodes.isEmpty)
        #expect(
            try YAMLDocuments(parsing: Array("---\n---\n# x\n---\na: 1\n".utf8)).nodes.count == 1)
    }
}
