import Foundation
import Simulation
import Testing

/// Every file of `Scenarios`: a plan, then the story that it must give.
///
/// `REWRITE=1` writes the stories anew; read the diff.
@Suite struct ScenarioTests {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("Scenarios")

    static var names: [String] {
        let files = try? FileManager.default.contentsOfDirectory(atPath: folder.path)
        return (files ?? []).filter { $0.hasSuffix(".txt") }.sorted()
    }

    @Test func thereAreScenarios() {
        #expect(Self.names.count >= 20)
    }

    @Test(arguments: names)
    func isToldAsBefore(_ name: String) throws {
        let file = Self.folder.appendingPathComponent(name)
        let before = try String(contentsOf: file, encoding: .utf8)
        let head = before.components(separatedBy: ScenarioText.separator + "\n")[0]
        let scenario = ScenarioText(running: try Plan(parsing: head))
        #expect(scenario.violations.map(\.description) == [])
        if ProcessInfo.processInfo.environment["REWRITE"] == "1" {
            return try scenario.text.write(to: file, atomically: true, encoding: .utf8)
        }
        let difference = firstDifference(scenario.text, before)
        #expect(difference == nil)
    }

    /// The first line that differs, told and expected; a whole story would fill the screen.
    private func firstDifference(_ told: String, _ expected: String) -> String? {
        guard told != expected else { return nil }
        let lines = zip(told.split(separator: "\n"), expected.split(separator: "\n"))
        for (number, (line, wanted)) in lines.enumerated() where line != wanted {
            return "line \(number + 1): told \"\(line)\", expected \"\(wanted)\""
        }
        return "one story is longer than the other"
    }
}
