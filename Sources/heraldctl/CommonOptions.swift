import ArgumentParser
import Glibc
import Status

/// What every command that asks the daemon takes.
struct CommonOptions: ParsableArguments {
    @Option(name: .shortAndLong, help: "table, wide, json or yaml.")
    var output = OutputFormat.table

    @Option(help: ArgumentHelp("The daemon's control socket.", valueName: "path"))
    var socket = ControlSocket.defaultPath

    var daemon: DaemonConnection { DaemonConnection(socketPath: socket) }

    /// Prints a document, or what `tables` makes of it for people.
    func show(_ document: Document, tables: (Screen) -> String) {
        switch output {
        case .table: print(tables(Screen(isWide: false, isColoured: isColourWanted)))
        case .wide: print(tables(Screen(isWide: true, isColoured: isColourWanted)))
        case .json: print(document.json(.indented))
        case .yaml: print(document.yaml)
        }
    }

    private var isColourWanted: Bool {
        wantsColour(
            isTerminal: isatty(STDOUT_FILENO) == 1, noColour: environment("NO_COLOR"),
            terminal: environment("TERM"))
    }
}

/// How a result is printed.
enum OutputFormat: String, CaseIterable, ExpressibleByArgument {
    case table, wide, json, yaml
}

/// Colour only on a terminal that has it, and not with NO_COLOR set to anything (no-color.org).
func wantsColour(isTerminal: Bool, noColour: String?, terminal: String?) -> Bool {
    isTerminal && (noColour ?? "").isEmpty && terminal != "dumb"
}

private func environment(_ name: String) -> String? {
    getenv(name).map { String(cString: $0) }
}
