import Foundation
import Laboratory
import TestTraits
import Testing

/// The lines that the README has people type at a cluster, typed as they stand at a real one.
@Suite(.serialized, .blocking, .needsKubectl, .needsRealServer) struct ReadmeRealClusterTests {
    private let cluster: RealNodes
    /// Where somebody stands who types.
    private let folder: TemporaryFolder
    private var first: HeraldNode { cluster.nodes[0] }

    init() throws {
        cluster = try RealNodes()
        folder = try TemporaryFolder()
        try FileManager.default.createSymbolicLink(
            atPath: folder.path("Deploy"),
            withDestinationPath: Manifest.repository.appendingPathComponent("Deploy").path)
    }

    /// The lines of the blocks under a heading that begin with one of these, without comments.
    private static func lines(under heading: String, of programs: [String]) throws -> [String] {
        let readme = try String(
            contentsOf: Manifest.repository.appendingPathComponent("README.md"), encoding: .utf8)
        let section = try #require(readme.components(separatedBy: "\n## \(heading)\n").last)
            .components(separatedBy: "\n## ")[0]
        let blocks = section.components(separatedBy: "\n```\n").enumerated()
            .filter { $0.offset % 2 == 1 }.map(\.element)
        return blocks.flatMap { $0.components(separatedBy: "\n") }
            .map { $0.replacing(#/ +# .*$/#, with: "") }
            .filter { line in programs.contains { line.hasPrefix($0 + " ") } }
    }

    private func environment() throws -> [String: String] {
        let programs = URL(fileURLWithPath: try BuiltProgram.path("heraldctl"))
            .deletingLastPathComponent().path
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        return [
            "KUBECONFIG": cluster.server.kubeconfig, "PATH": "\(programs):\(path)",
            "HOME": folder.url.path,
        ]
    }

    @discardableResult
    private func type(_ line: String) throws -> String {
        let run = try first.namespace.run(
            "sh", ["-ec", "cd \(folder.url.path); \(line)"], environment: environment(),
            timeout: .seconds(60))
        guard run.succeeded else {
            throw NodeFailure(description: "\(line): \(run.output)\(run.errorOutput)")
        }
        return run.output
    }

    /// What each node's administrator does with the file that was made.
    private func startDaemons() throws {
        let file = try String(contentsOfFile: folder.path("herald.kubeconfig"), encoding: .utf8)
        for node in cluster.nodes {
            try node.folder.write(file, to: "herald.kubeconfig")
            try cluster.register(node)
            try node.start()
        }
    }

    @Test func fromNothingToAReachableService() throws {
        let lines = try Self.lines(under: "On a cluster", of: ["kubectl", "heraldctl", "curl"])
        try #require(
            lines == [
                "kubectl apply -f Deploy/rbac.yaml", "heraldctl kubeconfig | sh",
                "kubectl create deployment web --image nginx",
                "kubectl expose deployment web --port 80 --type LoadBalancer",
                "kubectl get service web --watch", "curl http://192.0.2.16/",
            ])
        for line in lines[..<2] { try type(line) }
        try startDaemons()
        for line in lines[2..<4] { try type(line) }
        // What the controllers make of the pods that kubelets start.
        let slice = Manifest.service("web").components(separatedBy: "\n---\n")[1]
        try first.kubectl("apply", "-f", "-", input: slice)
        let watching = try first.namespace.start(
            "sh", ["-c", "exec \(lines[4])"], environment: environment())
        defer { watching.signal(SIGKILL) }
        try eventually("the watch shows the address") {
            watching.outputSoFar.contains(" 192.0.2.16 ")
        }
        for node in cluster.nodes { try node.serve("192.0.2.16", text: "web") }
        try eventually("a client reaches it", within: .seconds(20)) {
            try cluster.world.client.run("sh", ["-c", "\(lines[5]) -sS --max-time 2"])
                .output.hasPrefix("web")
        }
    }

    /// MetalLB's kinds, as far as these lines touch them.
    private static let metallb = """
        apiVersion: v1
        kind: Namespace
        metadata: {name: metallb-system}
        ---
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: controller, namespace: metallb-system}
        spec:
          selector: {matchLabels: {app: metallb}}
          template:
            metadata: {labels: {app: metallb}}
            spec: {containers: [{name: metallb, image: metallb}]}
        ---
        apiVersion: apps/v1
        kind: DaemonSet
        metadata: {name: speaker, namespace: metallb-system}
        spec:
          selector: {matchLabels: {app: metallb}}
          template:
            metadata: {labels: {app: metallb}}
            spec: {containers: [{name: metallb, image: metallb}]}
        """

    private static func kind(_ kind: String, _ plural: String) -> String {
        """
        apiVersion: apiextensions.k8s.io/v1
        kind: CustomResourceDefinition
        metadata: {name: \(plural).metallb.io}
        spec:
          group: metallb.io
          scope: Namespaced
          names: {kind: \(kind), plural: \(plural)}
          versions:
          - name: v1beta1
            served: true
            storage: true
            schema:
              openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}
        """
    }

    private static let pools = """
        apiVersion: metallb.io/v1beta1
        kind: IPAddressPool
        metadata: {name: first, namespace: metallb-system}
        spec: {addresses: [192.0.2.16-192.0.2.63]}
        ---
        apiVersion: metallb.io/v1beta1
        kind: L2Advertisement
        metadata: {name: all, namespace: metallb-system}
        spec: {ipAddressPools: [first]}
        """

    private func apply(_ text: String) throws {
        try first.kubectl("apply", "-f", "-", input: text)
    }

    @Test func fromMetalLB() throws {
        let kinds = [("IPAddressPool", "ipaddresspools"), ("L2Advertisement", "l2advertisements")]
        for (kind, plural) in kinds {
            try apply(Self.kind(kind, plural))
            try first.kubectl(
                "wait", "--for=condition=Established", "crd/\(plural).metallb.io")
        }
        try apply(Self.metallb)
        try apply(Self.pools)
        try first.apply("web")
        let shown = #"{"status":{"loadBalancer":{"ingress":[{"ip":"192.0.2.20"}]}}}"#
        try first.kubectl("patch", "service", "web", "--subresource=status", "-p", shown)

        let lines = try Self.lines(under: "From MetalLB", of: ["kubectl", "heraldd"])
        try #require(lines.count == 4)
        for line in lines { try type(line) }
        let pools = try String(contentsOfFile: folder.path("metallb.yaml"), encoding: .utf8)
        #expect(pools.contains("kind: IPAddressPool") && pools.contains("kind: L2Advertisement"))
        for node in cluster.nodes {
            try node.folder.write("", to: "pools/public.yaml")
            try node.folder.write(pools, to: "pools/metallb.yaml")
        }
        try startDaemons()
        try eventually("the address is adopted, and announced", within: .seconds(20)) {
            try first.heraldctl("services").output.contains("192.0.2.20")
                && cluster.world.whoHas("192.0.2.20") != nil
        }
        let check = try first.heraldctl("status", "--check")
        #expect(check.succeeded, "\(check.output)\(check.errorOutput)")
        try type("kubectl -n metallb-system delete daemonset speaker")
        // Without the controller that empties a namespace nobody waits for its end.
        try type("kubectl delete namespace metallb-system --wait=false")
        #expect(try first.address(of: "web") == "192.0.2.20")
    }
}
