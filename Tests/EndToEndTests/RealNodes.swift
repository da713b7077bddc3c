import Foundation
import Laboratory
import TestTraits
import Testing

/// Three nodes on one segment, the first with a real kube-apiserver beside it; their daemons are
/// still to be let in and started.
final class RealNodes {
    let world: World
    let nodes: [HeraldNode]
    let server: RealCluster

    init() throws {
        let world = try World()
        let pool = "192.0.2.16-192.0.2.63"
        let nodes = try (1...3).map {
            try HeraldNode("n\($0)", number: $0, on: world.segment, pool: pool)
        }
        let server = try RealCluster(at: "192.0.2.1", in: nodes[0].namespace)
        for node in nodes {
            try node.namespace.ip("route", "add", "default", "via", "192.0.2.200")
            node.cluster = (server.kubeconfig, node.folder.path("herald.kubeconfig"))
        }
        (self.world, self.nodes, self.server) = (world, nodes, server)
    }

    /// What a kubelet does.
    func register(_ node: HeraldNode) throws {
        try node.kubectl(
            "create", "-f", "-",
            input: "apiVersion: v1\nkind: Node\nmetadata: {name: \(node.name)}")
        let status = """
            {"status":{"addresses":[{"type":"InternalIP","address":"192.0.2.\(node.number)"}],\
            "conditions":[{"type":"Ready","status":"True","reason":"R","message":"m"}]}}
            """
        try node.kubectl("patch", "node", node.name, "--subresource=status", "-p", status)
    }

    func makeKubeconfig(of node: HeraldNode) throws {
        let file = node.folder.path("herald.kubeconfig")
        let recipe = try Command.run(
            BuiltProgram.path("heraldctl"), ["kubeconfig", "--output", file]
        ).output
        let run = try node.namespace.run(
            "sh", environment: ["KUBECONFIG": server.kubeconfig], input: recipe)
        guard run.succeeded else { throw NodeFailure(description: run.errorOutput) }
        let mode = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions]
        #expect(mode as? Int == 0o600)
    }
}

extension Trait where Self == ConditionTrait {
    /// Only a real server can show it: without one it is listed as not run.
    static var needsRealServer: ConditionTrait {
        .enabled(
            if: RealCluster.assets != nil,
            "not run here: KUBEBUILDER_ASSETS names no folder with etcd and kube-apiserver")
    }
}
