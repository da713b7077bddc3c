import ArgumentParser
import Glibc
import Status

/// Parses, runs, and ends with the exit status that scripts rely on.
@main
enum Program {
    static func main() async {
        do {
            let command = try Heraldctl.parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                var command = command
                try command.run()
            }
        } catch {
            let ending = Ending(error)
            ending.show()
            exit(ending.status)
        }
    }
}

/// The command without a subcommand: shows what there is.
struct Heraldctl: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "heraldctl",
        abstract: "Asks a Herald daemon what is true.",
        discussion: """
            Exit status: 0 the daemon answered; 1 something is wrong (status --check, doctor, an \
            answer that is not understood); 2 usage; 3 the daemon is not reachable.
            """,
        version: "heraldctl \(Release.version)",
        subcommands: [
            StatusCommand.self, ServicesCommand.self, AddressesCommand.self, PoolsCommand.self,
            MembersCommand.self, HistoryCommand.self, DoctorCommand.self, DrainCommand.self,
            UndrainCommand.self, RebalanceCommand.self, KubeconfigCommand.self, VersionCommand.self,
        ])
}
