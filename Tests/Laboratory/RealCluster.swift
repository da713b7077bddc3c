import Foundation
import Synchronization

/// A real kube-apiserver with its etcd, where `KUBEBUILDER_ASSETS` names the folder of both.
///
/// It ends with its holder, and with this process however that ends: it listens to a pipe.
package final class RealCluster: Sendable {
    /// The kubeconfig of its administrator, with the contexts `admin` and `certificate`.
    package let kubeconfig: String
    private let folder: TemporaryFolder
    private let process: Process
    /// Closed when nothing holds it any more: then the server ends.
    private let life: Pipe

    package static var assets: String? {
        ProcessInfo.processInfo.environment["KUBEBUILDER_ASSETS"]
    }

    /// The one that the tests of this process share; started by the first that asks.
    package static func shared() throws -> RealCluster {
        try sharedOne.withLock { shared in
            if let shared { return shared }
            let started = try RealCluster()
            shared = started
            return started
        }
    }

    private static let sharedOne = Mutex<RealCluster?>(nil)

    /// Blocks until it serves.
    ///
    /// - Parameter namespace: where it is to run; nil: here.
    package init(
        at address: String = "127.0.0.1", in namespace: NetworkNamespace? = nil
    ) throws {
        guard let assets = Self.assets else {
            throw Command.Failure(description: "KUBEBUILDER_ASSETS is not set")
        }
        folder = try TemporaryFolder()
        process = Process()
        life = Pipe()
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments =
            (namespace.map { ["ip", "netns", "exec", $0.name] } ?? [])
            + [Self.script, assets, folder.url.path, address]
        process.standardInput = life
        process.standardOutput = output
        try process.run()
        kubeconfig = try Self.awaitReady(output, process)
    }

    private static var script: String {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("KubeAPIServer/run").path
    }

    /// The kubeconfig that the script names once it serves.
    private static func awaitReady(_ output: Pipe, _ process: Process) throws -> String {
        var said = ""
        while case let chunk = output.fileHandleForReading.availableData, !chunk.isEmpty {
            said += String(decoding: chunk, as: UTF8.self)
            if let line = said.split(separator: "\n").first(where: { $0.hasPrefix("ready ") }) {
                return String(line.dropFirst(6))
            }
        }
        process.waitUntilExit()
        throw Command.Failure(description: "no kube-apiserver: \(said)")
    }

    deinit {
        try? life.fileHandleForWriting.close()
        process.waitUntilExit()
    }
}
