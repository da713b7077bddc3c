import ArgumentParser
import Glibc

/// How the program ends when it does not simply succeed: an exit status, and what is said.
struct Ending: Equatable {
    let status: Int32
    let message: String

    static let wrong: Int32 = 1
    /// argument-parser's own would be 64.
    static let usage: Int32 = 2
    static let unreachable: Int32 = 3

    init(_ error: any Error) {
        switch error {
        case let error as DaemonUnreachable:
            self.init(status: Self.unreachable, message: "heraldctl: \(error)")
        case let error as CheckFailed:
            self.init(status: Self.wrong, message: "\(error)")
        case is SomethingIsWrong:
            self.init(status: Self.wrong, message: "")
        case let error as AnswerNotUnderstood:
            self.init(status: Self.wrong, message: "heraldctl: \(error)")
        default:
            self.init(fromParser: error)
        }
    }

    private init(status: Int32, message: String) {
        self.status = status
        self.message = message
    }

    /// Help and version are no failures; everything else that the parser throws is bad usage.
    private init(fromParser error: any Error) {
        let code = Heraldctl.exitCode(for: error)
        let status: Int32 =
            switch code {
            case .success: 0
            case .validationFailure: Self.usage
            default: Self.wrong
            }
        self.init(status: status, message: Heraldctl.fullMessage(for: error))
    }

    /// Prints the message: on standard output when it is what was asked for, else on standard error.
    func show() {
        guard !message.isEmpty else { return }
        if status == 0 { print(message) } else { printError(message) }
    }
}

/// What `status --check` found; the status itself has been printed by then.
struct CheckFailed: Error, CustomStringConvertible {
    let findings: [String]

    var description: String {
        findings.map { "wrong: " + $0.withoutControlCharacters }.joined(separator: "\n")
    }
}

/// What is wrong has been printed: it was what was asked for.
struct SomethingIsWrong: Error {}

/// Writes a line to standard error.
private func printError(_ line: String) {
    var bytes = Array((line + "\n").utf8)[...]
    while !bytes.isEmpty {
        let written = bytes.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
        guard written > 0 else { return }
        bytes = bytes.dropFirst(written)
    }
}
