import ArgumentParser
import Status

/// `heraldctl pools`: how full each pool is.
struct PoolsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pools", abstract: "Lists pools and how full they are.")

    @OptionGroup var options: CommonOptions

    func run() async throws {
        let pools = try await options.daemon.status().pools
        let document = Document.fields(["pools": .list(pools.map(\.document))])
        options.show(document) { screen in
            pools.isEmpty ? "No pools are loaded." : pools.table(on: screen)
        }
    }
}
