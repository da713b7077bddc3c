import ArgumentParser
import Status

/// `heraldctl rebalance`: evens out how many addresses each node holds, one move after another.
struct RebalanceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rebalance", abstract: "Evens out how many addresses each node holds.",
        discussion: "Each address moves without a gap: the new node answers before the old stops.")

    @Flag(help: "Show what would move, and move nothing.")
    var dryRun = false

    @OptionGroup var options: CommonOptions

    func run() async throws {
        let plan = try await options.daemon.rebalance(isDryRun: dryRun)
        options.show(plan.document) { screen in
            plan.moves.isEmpty ? "Nothing is to move." : plan.moves.table(on: screen)
        }
    }
}
