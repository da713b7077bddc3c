import Foundation
import JSON
import Laboratory
import Testing

@testable import Kubernetes

/// What the contract is held against: the embedded API always, a real kube-apiserver where
/// `KUBEBUILDER_ASSETS` names the folder of one. Where the two differ, the embedded one is wrong.
enum ContractServer: String, CaseIterable, CustomTestStringConvertible {
    case embedded = "embedded API"
    case real = "kube-apiserver"

    static var present: [ContractServer] { RealCluster.assets == nil ? [.embedded] : allCases }

    var testDescription: String { rawValue }

    /// Runs `body` with a client of the server and a namespace of the test's own.
    func running(
        _ body: @Sendable @escaping (Contract) async throws -> Void
    ) async throws {
        switch self {
        case .embedded:
            try await EmbeddedServer.running { server, client in
                try await body(try await Contract(access: server.access, client: client))
            }
        case .real:
            let cluster = try await RealCluster.sharedAside()
            let access = try Kubeconfig(contentsOf: cluster.kubeconfig).access()
            try await withClient(access) { client in
                try await body(try await Contract(access: access, client: client))
            }
        }
    }
}

/// A server that a behaviour is shown by.
struct Contract: Sendable {
    let access: ClusterAccess
    let client: KubernetesClient
    /// Empty, and nobody else's.
    let namespace: String

    init(access: ClusterAccess, client: KubernetesClient) async throws {
        self.access = access
        self.client = client
        namespace = "contract-\(UUID().uuidString.prefix(8).lowercased())"
        _ = try await client.create(Namespace(metadata: ObjectMeta(name: namespace)))
    }

    func name(_ name: String) -> NamespacedName {
        NamespacedName(namespace: namespace, name: name)
    }

    func meta(_ name: String, labels: [String: String] = [:]) -> ObjectMeta {
        ObjectMeta(name: name, namespace: namespace, labels: labels)
    }

    func configMap(
        _ name: String, _ value: String = "1", labels: [String: String] = [:]
    ) -> ConfigMap {
        ConfigMap(metadata: meta(name, labels: labels), data: ["v": value])
    }

    func service(_ name: String = "web", type: String = "LoadBalancer") -> Service {
        var service = Service(metadata: meta(name))
        service.spec.type = type
        service.spec.ports = [ServicePort(port: 80)]
        return service
    }

    /// Changes `v` of a ConfigMap.
    @discardableResult
    func write(_ value: String, to name: String) async throws -> ConfigMap {
        try await client.patch(
            ConfigMap.self, self.name(name), as: .merge, ["data": ["v": .string(value)]])
    }

    /// The server's no to what `body` asks for.
    func refusal<Answer>(
        _ body: () async throws -> Answer, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> KubernetesError {
        let found = await #expect(
            throws: KubernetesError.self, sourceLocation: sourceLocation
        ) { _ = try await body() }
        return try #require(found, sourceLocation: sourceLocation)
    }
}

extension RealCluster {
    /// Whether tests that only a real server can show anything in may run.
    static var isPresent: Bool { assets != nil }

    /// The shared one; waits for it on a thread of its own.
    static func sharedAside() async throws -> RealCluster {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread { continuation.resume(with: Result { try shared() }) }
        }
    }
}

extension Trait where Self == ConditionTrait {
    /// Only a real server can show it: without one it is listed as not run.
    static var needsRealServer: ConditionTrait {
        .enabled(
            if: RealCluster.isPresent,
            "not run here: KUBEBUILDER_ASSETS names no folder with etcd and kube-apiserver")
    }
}
