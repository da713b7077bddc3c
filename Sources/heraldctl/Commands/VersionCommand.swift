import ArgumentParser
import Status

/// `heraldctl version`: this program's version, and the daemon's.
struct VersionCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "version",
        abstract: "Shows the versions of heraldctl and of the daemon.",
        discussion: "`heraldctl --version` asks nobody.")

    @OptionGroup var options: CommonOptions

    func run() async throws {
        let status = try await options.daemon.status()
        let document = Document.fields([
            "heraldctl": .text(Release.version), "heraldd": .text(status.version),
            "node": .text(status.node),
        ])
        options.show(document) { _ in
            "heraldctl \(Release.version)\nheraldd   \(status.version) on \(status.node)"
        }
    }
}
