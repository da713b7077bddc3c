import Foundation
import Laboratory

/// heraldd as it is installed, with a pool that is announced nowhere.
final class MeasuredDaemon {
    private let program: String
    private let folder: TemporaryFolder
    private let kubeconfig: String
    private var running: RunningCommand?

    static let metrics = "127.0.0.1:16482"

    init(_ program: String, kubeconfig: String) throws {
        self.program = program
        self.kubeconfig = kubeconfig
        folder = try TemporaryFolder()
        try folder.write(
            """
            apiVersion: herald.dev/v1
            kind: AddressPool
            metadata: {name: bench}
            spec:
              addresses: [10.64.0.0/16]
              announce: {enabled: false}
            """, to: "pools/bench.yaml")
        try folder.write("a key of the benchmark\n", to: "key")
        try folder.write("", to: "herald.yaml")
    }

    func start() throws {
        running = try RunningCommand(
            program,
            [
                "--config", folder.path("herald.yaml"), "--node", "bench", "--pools",
                folder.path("pools"), "--kubeconfig", kubeconfig, "--state-dir",
                folder.path("state"), "--control", folder.path("socket"), "--metrics",
                Self.metrics, "--hello-key", folder.path("key"), "--node-ip", "127.0.0.1",
                "--interface", "lo",
            ])
    }

    /// Without a chance to give anything back.
    func kill() throws {
        running?.signal(SIGKILL)
        try running?.wait(timeout: .seconds(10))
        running = nil
    }

    /// With its lease given back.
    func stop() throws {
        running?.signal(SIGTERM)
        try running?.wait(timeout: .seconds(10))
        running = nil
    }

    var log: String { running?.errorOutputSoFar ?? "" }

    /// Resident memory in MiB.
    var memory: Double {
        guard let running,
            let text = try? String(
                contentsOfFile: "/proc/\(running.processIdentifier)/status", encoding: .utf8),
            let line = text.split(separator: "\n").first(where: { $0.hasPrefix("VmRSS") })
        else { return .nan }
        return (line.split(separator: " ").dropFirst().first.flatMap { Double($0) } ?? .nan) / 1_024
    }

    /// Requests to the API since its start.
    func requests() throws -> Double {
        try metrics("herald_api_requests_total{").reduce(0, +)
    }

    func isFollower() throws -> Bool { try metrics("herald_leader ") == [0] }

    /// The values of all lines that begin so.
    private func metrics(_ beginning: String) throws -> [Double] {
        let page = try Command.run("curl", ["-sS", "http://\(Self.metrics)/metrics"]).output
        return page.split(separator: "\n").filter { $0.hasPrefix(beginning) }
            .compactMap { $0.split(separator: " ").last.flatMap { Double($0) } }
    }
}
