import ArgumentParser
import Status

/// `heraldctl drain`: every address moves away from the node and stays away, over restarts.
struct DrainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drain", abstract: "Moves all addresses away from the asked daemon's node.")

    @Argument(help: "The asked daemon's own node, to be sure (default: whichever it is).")
    var node: String?

    @OptionGroup var options: CommonOptions

    func run() async throws {
        try await options.drain(true, node)
    }
}

/// `heraldctl undrain`: the node may hold addresses again.
struct UndrainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "undrain", abstract: "Lets the asked daemon's node hold addresses again.")

    @Argument(help: "The asked daemon's own node, to be sure (default: whichever it is).")
    var node: String?

    @OptionGroup var options: CommonOptions

    func run() async throws {
        try await options.drain(false, node)
    }
}

extension CommonOptions {
    /// Refuses a node that the asked daemon is not: only a node itself can give its addresses away.
    fileprivate func drain(_ drains: Bool, _ node: String?) async throws {
        if let node {
            let own = try await daemon.status().node
            guard node == own else {
                throw ValidationError(
                    "this is the daemon of \(own); ask the one of \(node), on that node")
            }
        }
        let answer = try await daemon.drain(drains)
        show(answer.document) { _ in
            answer.drained
                ? "\(answer.node) is drained: its addresses move away, until heraldctl undrain."
                : "\(answer.node) is not drained: it may hold addresses again."
        }
    }
}
