import Laboratory
import NIOCore
import Testing

@testable import Kubernetes

@Suite struct LineFramerTests {
    private static func lines(_ chunks: [String]) throws -> [String] {
        var framer = LineFramer()
        var lines: [String] = []
        for chunk in chunks {
            framer.append(ByteBuffer(string: chunk))
            while let line = try framer.next() { lines.append(String(buffer: line)) }
        }
        return lines
    }

    @Test(arguments: [
        ("one line", ["a\n"], ["a"]),
        ("two lines in one chunk", ["a\nb\n"], ["a", "b"]),
        ("a line in three chunks", ["a", "b", "c\n"], ["abc"]),
        ("the line feed alone", ["a", "\n", "b", "\n"], ["a", "b"]),
        ("empty lines", ["\n\na\n\n", "\nb\n"], ["a", "b"]),
        ("an unfinished line is no line", ["a\nb"], ["a"]),
        ("empty chunks", ["", "a", "", "\n"], ["a"]),
    ])
    func linesAreCut(name: String, chunks: [String], expected: [String]) throws {
        #expect(try Self.lines(chunks) == expected, "\(name)")
    }

    /// However the stream is split, the lines are the same.
    @Test func chunksDoNotMatter() throws {
        var draw = SplitMix64(seed: 1)
        for _ in 0..<2_000 {
            let lines = (0..<Int(draw.next() % 6)).map { line in
                String(repeating: "\(line)", count: 1 + Int(draw.next() % 9))
            }
            var rest = Substring(lines.map { $0 + "\n" }.joined())
            var chunks: [String] = []
            while !rest.isEmpty {
                let length = Int(draw.next() % 5)
                chunks.append(String(rest.prefix(length)))
                rest = rest.dropFirst(length)
            }
            try #require(try Self.lines(chunks) == lines, "\(chunks)")
        }
    }

    @Test func aLineWithoutEndIsRefused() throws {
        var framer = LineFramer()
        framer.append(ByteBuffer(repeating: 0xA5, count: LineFramer.lineBytesMax))
        #expect(try framer.next() == nil)
        framer.append(ByteBuffer(repeating: 0xA5, count: 1))
        #expect(throws: LineFramer.TooLong.self) { try framer.next() }
    }
}
