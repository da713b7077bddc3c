import ArgumentParser
import Status

/// `heraldctl status`: everything at a glance.
struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Shows the node, the pools, the addresses and who waits.")

    @OptionGroup var options: CommonOptions

    @Flag(help: "Exit 1 if something is wrong, and say what on standard error.")
    var check = false

    func run() async throws {
        let status = try await options.daemon.status()
        options.show(status.document) { status.text(on: $0) }
        guard check, !status.findings.isEmpty else { return }
        throw CheckFailed(findings: status.findings)
    }
}
