import EmbeddedAPI
import Foundation
import Logging

@testable import Kubernetes

/// The real embedded API server in this process, and clients for it.
struct EmbeddedServer: Sendable {
    let folder: String
    let port: Int
    let access: ClusterAccess

    /// A folder for a server's state, to be removed by `remove`.
    static func makeFolder() -> String {
        NSTemporaryDirectory() + "herald-client-\(UUID().uuidString)"
    }

    static func remove(_ folder: String) {
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// Runs `body` with a server and a client of it; both are gone when it returns.
    static func running(
        _ body: @Sendable @escaping (EmbeddedServer, KubernetesClient) async throws -> Void
    ) async throws {
        let folder = makeFolder()
        defer { remove(folder) }
        try await running(in: folder, port: 0) { server in
            try await withClient(server.access) { try await body(server, $0) }
        }
    }

    /// A port for a server that is to come back to it: not one that the kernel gives to others.
    static var lastingPort: Int { Int.random(in: 20_000..<32_000) }

    /// Runs `body` while a server serves the state in `folder`; its connections break at the end.
    static func running(
        in folder: String, port: Int,
        _ body: @Sendable @escaping (EmbeddedServer) async throws -> Void
    ) async throws {
        let configuration = EmbeddedAPIConfiguration(
            stateDirectory: folder, listenPort: port, nodeName: "n1", internalIPs: ["192.0.2.1"])
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let server = try EmbeddedAPIServer(configuration: configuration, logger: logger)
        let access = try Kubeconfig(contentsOf: server.kubeconfigPath).access()
        let embedded = EmbeddedServer(folder: folder, port: server.port, access: access)
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                try await server.run()
                return false
            }
            group.addTask {
                try await body(embedded)
                return true
            }
            defer { group.cancelAll() }
            while let isDone = try await group.next(), !isDone {}
        }
    }
}

/// Runs `body` with a client, which is shut down whatever happens.
func withClient(
    _ access: ClusterAccess, note: @escaping @Sendable (CertificateNote) -> Void = { _ in },
    _ body: (KubernetesClient) async throws -> Void
) async throws {
    let client = try KubernetesClient(access, userAgent: "test", note: note)
    do {
        try await body(client)
    } catch {
        await client.shutdown()
        throw error
    }
    await client.shutdown()
}
