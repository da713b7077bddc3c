import ArgumentParser
import Status

/// `heraldctl members`: who else speaks on the segment, and when it was last heard.
struct MembersCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "members", abstract: "Lists the other nodes on the segment.")

    @OptionGroup var options: CommonOptions

    func run() async throws {
        let members = try await options.daemon.status().members
        let document = Document.fields(["members": .list(members.map(\.document))])
        options.show(document) { screen in
            members.isEmpty ? "No other node was heard." : members.table(on: screen)
        }
    }
}
