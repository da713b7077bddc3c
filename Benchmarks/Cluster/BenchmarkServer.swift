import EmbeddedAPI
import Foundation
import Kubernetes
import Laboratory
import Logging

/// The API server that is measured against: a real one where there is one, else the embedded one
/// in this process.
enum BenchmarkServer {
    /// Runs `body` with the path of a kubeconfig while the server serves.
    static func running(_ body: @Sendable @escaping (String) async throws -> Void) async throws {
        if RealCluster.assets != nil {
            let cluster = try RealCluster()
            try await body(cluster.kubeconfig)
            return withExtendedLifetime(cluster) {}
        }
        let folder = try TemporaryFolder()
        let server = try EmbeddedAPIServer(
            configuration: EmbeddedAPIConfiguration(
                stateDirectory: folder.path("api"), listenPort: 0, nodeName: "bench",
                internalIPs: ["127.0.0.1"]),
            logger: Logger(label: "api") { _ in SwiftLogNoOpLogHandler() })
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                try await server.run()
                return false
            }
            group.addTask {
                try await body(server.kubeconfigPath)
                return true
            }
            defer { group.cancelAll() }
            while let isDone = try await group.next(), !isDone {}
        }
    }
}
