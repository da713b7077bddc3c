import Foundation
import Laboratory
import Testing

@testable import EmbeddedAPI

/// What ships for a cluster, as far as the embedded API knows its kinds; the whole of it is shown
/// to a real server.
@Suite(.serialized) struct ManifestTests {
    private static func documents(_ file: String) throws -> [String] {
        let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Deploy/\(file)").path
        return try String(contentsOfFile: path, encoding: .utf8)
            .components(separatedBy: "\n---\n")
    }

    private static func kind(_ document: String) -> String {
        document.firstMatch(of: #/(?m)^kind: (.*)$/#).map { String($0.output.1) } ?? ""
    }

    @Test func whatTheDaemonsShareIsMadeEmptyAndStaysAsItIs() async throws {
        let known = ["Namespace", "Secret", "ConfigMap"]
        let manifest = try Self.documents("rbac.yaml").filter { known.contains(Self.kind($0)) }
            .joined(separator: "\n---\n")
        try await Cluster.running { cluster in
            let made = try await cluster.output("apply -f -", input: manifest)
            #expect(made.contains("secret/herald-hello-key created"), "\(made)")
            #expect(made.contains("configmap/herald-retained created"))
            #expect(made.contains("configmap/herald-drain created"))
            let patch = #"{"data":{"key-1":"c2VjcmV0"}}"#
            _ = try await cluster.kubectl([
                "-n", "herald-system", "patch", "secret", "herald-hello-key", "--type=merge", "-p",
                patch,
            ])
            // Applied again, it takes nothing away that a daemon wrote.
            _ = try await cluster.output("apply -f -", input: manifest)
            let key = try await cluster.output(
                "-n herald-system get secret herald-hello-key -o jsonpath={.data.key-1}")
            #expect(key == "c2VjcmV0")
        }
    }

    @Test func everyDocumentHasItsKind() throws {
        let kinds = try Self.documents("rbac.yaml").map(Self.kind)
        #expect(
            kinds == [
                "Namespace", "Secret", "ConfigMap", "ConfigMap", "ServiceAccount", "ClusterRole",
                "ClusterRoleBinding", "Role", "RoleBinding",
            ])
        #expect(try Self.documents("daemonset.yaml").map(Self.kind) == ["ConfigMap", "DaemonSet"])
    }
}
