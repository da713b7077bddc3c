import Testing

/// The rules of the house, held against every file, and each rule against a file that breaks it.
struct TidyTests {
    @Test(arguments: TidyRule.all) func holds(_ rule: TidyRule) throws {
        let broken = try SourceFile.all().flatMap(rule.broken)
        #expect(broken.isEmpty, "\(rule.name):\n\(broken.joined(separator: "\n"))")
    }

    /// A rule that finds nothing anywhere would hold for ever.
    @Test(arguments: Breach.all) func bites(_ breach: Breach) {
        let file = SourceFile(path: breach.path, text: breach.text)
        #expect(TidyRule.all.filter { !$0.broken(in: file).isEmpty }.map(\.name) == [breach.rule])
    }

    @Test func everyRuleIsSeenToBite() {
        #expect(Set(Breach.all.map(\.rule)) == Set(TidyRule.all.map(\.name)))
    }

    /// Comments may say what code may not, and near misses are none.
    @Test(arguments: ["// try! nothing", "if a != b {}", "let value = !isEmpty", "task { }"])
    func leavesAlone(_ line: String) {
        let file = SourceFile(path: "Sources/Wire/Frame.swift", text: line)
        #expect(TidyRule.all.flatMap { $0.broken(in: file) } == [])
    }
}

/// A file that breaks one rule.
struct Breach: Sendable, CustomTestStringConvertible {
    let rule: String
    var path = "Sources/Wire/Frame.swift"
    let text: String

    var testDescription: String { rule }

    static let all = [
        Breach(
            rule: TidyRule.fileLength.name,
            text: String(repeating: "\n", count: TidyRule.fileLinesMax + 1)),
        Breach(
            rule: TidyRule.functionLength.name,
            text: "    package func go() {\n"
                + String(repeating: "        step()\n", count: TidyRule.functionLinesMax) + "    }"),
        Breach(rule: TidyRule.noTraps.name, text: "let first = list.first!"),
        Breach(rule: TidyRule.noTraps.name, text: "let value = try! parse()"),
        Breach(rule: TidyRule.noTraps.name, text: "final class Box: @unchecked Sendable {}"),
        Breach(
            rule: TidyRule.essentials.name, path: "Sources/Daemon/Clock.swift",
            text: "import Foundation"),
        Breach(rule: TidyRule.purity.name, text: "let now = ContinuousClock.now"),
        Breach(rule: TidyRule.purity.name, text: "let lot = Int.random(in: 0..<5)"),
        Breach(rule: TidyRule.purity.name, text: "import Dispatch"),
        Breach(rule: TidyRule.structuredTasks.name, text: "Task { await send() }"),
        Breach(rule: TidyRule.noMarks.name, text: "// TODO: a limit"),
        Breach(rule: TidyRule.documentedTypes.name, text: "package struct Frame {}"),
        Breach(rule: TidyRule.plainNames.name, text: "struct FrameManager {}"),
        Breach(
            rule: TidyRule.noSkips.name, path: "Tests/WireTests/FrameTests.swift",
            text: "@Test(.disabled(\"later\")) func parses() {}"),
    ]
}
