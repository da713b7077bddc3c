import ArgumentParser
import Status

/// `heraldctl history`: which address moved when, from whom to whom, why, and how long it took.
struct HistoryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "history", abstract: "Lists the latest moves of addresses, newest last.")

    @OptionGroup var options: CommonOptions

    func run() async throws {
        let history = try await options.daemon.history()
        options.show(history.document) { screen in
            history.moves.isEmpty ? "No address has moved yet." : history.moves.table(on: screen)
        }
    }
}
