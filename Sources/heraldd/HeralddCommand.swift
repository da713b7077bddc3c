import Allocation
import ArgumentParser
import Daemon
import Glibc
import Kubernetes
import Logging
import PoolFile
import Status

/// The daemon's command line: flags over file, checked, then run; exit codes 0, 1 and 2.
@main
struct HeralddCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "heraldd",
        abstract: "Gives Kubernetes Services of type LoadBalancer an address on bare metal.",
        version: "heraldd \(Release.version)")

    @Option(help: "Configuration file (default: /etc/herald/herald.yaml where it exists).")
    var config: String?

    @OptionGroup var flags: Flags

    @Flag(help: "Check the configuration and the pool files, say what is wrong, and stop.")
    var checkConfig = false

    /// Bad usage and bad configuration end alike, whoever notices them.
    private static let badUsage: Int32 = 2

    static func main() async {
        do {
            var command = try parse()
            try await command.run()
        } catch {
            end(with: error)
        }
    }

    mutating func run() async throws {
        let file = try ConfigurationFile.load(config)
        let checked = try DaemonConfiguration(
            flags.raw.over(file), hostName: HostName.current)
        if checkConfig {
            let pools = try PoolFile.load(path: checked.poolsPath)
            if let path = checked.helloKeyPath { _ = try HelloKeyFile.read(path) }
            if case .kubeconfig(let path) = checked.api {
                _ = try Kubeconfig(contentsOf: path).access()
            }
            for warning in pools.warnings { print("warning: \(warning)") }
            print("configuration and \(pools.pools.pools.count) pools are valid")
            return
        }
        let handler = DaemonLogHandler(
            label: "daemon", format: checked.logFormat, level: checked.logLevel,
            isJournal: getenv("JOURNAL_STREAM") != nil)
        try await HeraldDaemon(configuration: checked, log: handler).run()
    }

    /// Says what went wrong, one line each, and ends with the documented exit code.
    private static func end(with error: any Error) -> Never {
        switch error {
        case is ConfigurationError, is ConfigurationFileError, is PoolFileErrors,
            is KubeconfigError:
            complain(error)
            Glibc.exit(badUsage)
        case is CleanExit:
            exit(withError: error)
        default:
            guard exitCode(for: error) != .validationFailure else {
                complain(fullMessage(for: error))
                Glibc.exit(badUsage)
            }
            guard exitCode(for: error) != .success else { exit(withError: error) }
            complain(error)
            Glibc.exit(1)
        }
    }

    private static func complain(_ problem: Any) {
        for line in "\(problem)".split(separator: "\n") {
            let bytes = Array("heraldd: \(line)\n".utf8)
            _ = Glibc.write(STDERR_FILENO, bytes, bytes.count)
        }
    }
}
