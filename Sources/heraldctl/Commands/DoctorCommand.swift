import ArgumentParser
import Status

/// `heraldctl doctor`: what is wrong, and nothing else.
struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Says what is wrong and what ends it.",
        discussion: "Exit status 1 when something is.")

    @OptionGroup var options: CommonOptions

    func run() async throws {
        let status = try await options.daemon.status()
        let findings = status.findings
        let document = Document.fields([
            "node": .text(status.node), "findings": .texts(findings),
        ])
        options.show(document) { screen in
            findings.isEmpty
                ? "Nothing is wrong, as \(status.node) sees it."
                : Self.table(of: findings).text(on: screen)
        }
        guard findings.isEmpty else { throw SomethingIsWrong() }
    }

    private static func table(of findings: [String]) -> Table {
        Table(
            columns: [.init(title: "WRONG", wrapping: .anywhere(minimum: 20))],
            rows: findings.map { [Table.Cell($0, .bad)] })
    }
}
