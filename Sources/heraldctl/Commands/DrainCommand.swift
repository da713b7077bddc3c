import ArgumentParser
import Status

/// `heraldctl drain`: every address moves away from the node and stays away, over restarts.
struct DrainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drain", abstract: "Moves all addresses away from a node.")

    @Argument(help: "The node (default: the asked daemon's own, which needs no API for it).")
    var node: String?

    @OptionGroup var options: CommonOptions

    func run() async throws {
        try await options.drain(true, node)
    }
}

/// `heraldctl undrain`: the node may hold addresses again.
struct UndrainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "undrain", abstract: "Lets a node hold addresses again.")

    @Argument(help: "The node (default: the asked daemon's own, which needs no API for it).")
    var node: String?

    @OptionGroup var options: CommonOptions

    func run() async throws {
        try await options.drain(false, node)
    }
}

extension CommonOptions {
    fileprivate func drain(_ drains: Bool, _ node: String?) async throws {
        let answer = try await daemon.drain(drains, node)
        show(answer.document) { _ in answer.sentence }
    }
}

extension DrainAnswer {
    fileprivate var sentence: String {
        switch (drained, ordered ?? false) {
        case (true, false):
            "\(node) is drained: its addresses move away, until heraldctl undrain."
        case (false, false):
            "\(node) is not drained: it may hold addresses again."
        case (true, true):
            "\(node) is told to drain: its addresses move away as soon as it hears of it, until "
                + "heraldctl undrain \(node)."
        case (false, true):
            "\(node) is told that it may hold addresses again."
        }
    }
}
