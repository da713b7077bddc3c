import Foundation

/// One Swift file of the project, as text.
struct SourceFile: Sendable {
    /// From the top of the project: `Sources/Wire/ARPPacket.swift`.
    let path: String
    let lines: [String]

    /// The same, comment lines empty.
    let code: [String]

    init(path: String, text: String) {
        self.path = path
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        if lines.last == "" { lines.removeLast() }
        self.lines = lines
        code = lines.map { $0.drop { $0 == " " }.hasPrefix("//") ? "" : $0 }
    }

    /// The folder under `Sources` or `Tests`: the target.
    var room: String { path.split(separator: "/").dropFirst().first.map(String.init) ?? "" }
    var isSource: Bool { path.hasPrefix("Sources/") }

    /// The indices of the lines in which the regular expression matches, which no match may cross.
    func matches(_ pattern: String, in lines: [String]) -> [Int] {
        let text = lines.joined(separator: "\n")
        guard
            let expression = try? NSRegularExpression(
                pattern: pattern, options: .anchorsMatchLines)
        else { preconditionFailure("no regular expression: \(pattern)") }
        let found = expression.matches(
            in: text, range: NSRange(location: 0, length: text.utf16.count)
        ).map(\.range.location)
        var start = 0
        return lines.indices.filter { index in
            defer { start += lines[index].utf16.count + 1 }
            return found.contains { (start...start + lines[index].utf16.count).contains($0) }
        }
    }

    /// Lines as a finding shows them, numbered from 1.
    func quoted(_ indices: [Int]) -> [String] { indices.map { "\($0 + 1): \(lines[$0])" } }

    /// All of the project's, in the order of their paths.
    static func all() throws -> [SourceFile] {
        let top = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let folders = ["Sources", "Tests", "Benchmarks"]
        let paths = folders.flatMap { folder in
            (FileManager.default.enumerator(atPath: top.appendingPathComponent(folder).path)?
                .compactMap { $0 as? String } ?? []).map { "\(folder)/\($0)" }
        }
        return try paths.filter { $0.hasSuffix(".swift") }.sorted().map { path in
            SourceFile(
                path: path,
                text: try String(contentsOf: top.appendingPathComponent(path), encoding: .utf8))
        }
    }
}
