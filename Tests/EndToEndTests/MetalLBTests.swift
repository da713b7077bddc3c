import Foundation
import Laboratory
import TestTraits
import Testing

/// A cluster that another load balancer served until now, changed over while it is used: as the
/// README says, with its pools as they are, every address kept and no request lost.
@Suite(.serialized, .blocking, .needsKubectl) struct MetalLBTests {
    private let cluster: Cluster
    private static let address = "192.0.2.20"

    /// What `kubectl get ipaddresspools,l2advertisements -o yaml` prints.
    private static let pools = """
        apiVersion: v1
        kind: List
        metadata: {resourceVersion: ""}
        items:
        - apiVersion: metallb.io/v1beta1
          kind: IPAddressPool
          metadata:
            name: first
            namespace: metallb-system
            uid: 6f0e0c2e-0000-4000-8000-000000000000
            resourceVersion: "7"
            generation: 1
            creationTimestamp: "2025-01-02T03:04:05Z"
          spec: {addresses: [192.0.2.16-192.0.2.63], autoAssign: true, avoidBuggyIPs: false}
        - apiVersion: metallb.io/v1beta1
          kind: L2Advertisement
          metadata: {name: all, namespace: metallb-system}
          spec: {ipAddressPools: [first]}
        """

    init() throws {
        cluster = try Cluster()
    }

    /// The node's kernel takes the address and answers for it, in the place of a speaker.
    private func speak(_ node: HeraldNode, _ speaks: Bool) throws {
        let mode = speaks ? "0" : "1"
        try node.namespace.run("sysctl", ["-qw", "net.ipv4.conf.all.arp_ignore=\(mode)"])
    }

    /// A shell that asks for the page, one request after the other, and prints what failed.
    private func requests() throws -> RunningCommand {
        let script = """
            for i in $(seq 2000); do
              curl -sS --max-time 2 http://\(Self.address)/ || echo failed
            done
            """
        return try cluster.world.client.start("bash", ["-c", script])
    }

    @Test func aRunningClusterIsChangedOver() throws {
        let first = cluster["n1"]
        for node in cluster.nodes where node !== first { try node.end(SIGTERM) }
        // The API alone goes on: its daemon has nothing to do with these Services.
        let usual = first.extraArguments
        try first.end(SIGTERM)
        first.extraArguments = usual + ["--class-only", "--class", "example.com/none"]
        try first.start()
        try first.kubectl("apply", "-f", "-", input: Manifest.service("web"))
        let shown = #"{"status":{"loadBalancer":{"ingress":[{"ip":"\#(Self.address)"}]}}}"#
        try first.kubectl("patch", "service", "web", "--subresource=status", "-p", shown)
        for node in cluster.nodes { try node.serve(Self.address, text: "web") }
        try speak(cluster["n2"], true)
        #expect(try cluster.world.whoHas(Self.address) == cluster["n2"].linkAddress)

        let client = try requests()
        try eventually("requests are answered") {
            client.outputSoFar.split(separator: "\n").count > 20
        }
        // Herald comes beside it, then the other one goes.
        for node in cluster.nodes {
            try node.folder.write("", to: "pools/public.yaml")
            try node.folder.write(Self.pools, to: "pools/metallb.yaml")
        }
        try first.end(SIGTERM)
        first.extraArguments = usual
        for node in cluster.nodes { try node.start() }
        var owner: String?
        do {
            try eventually("Herald has adopted the address", within: .seconds(30)) {
                owner = try cluster.owners(seenBy: first)[Self.address]
                return owner != nil
            }
        } catch {
            let status = try first.heraldctl("status").output
            throw NodeFailure(description: "\(error): \(status)")
        }
        #expect(try first.address(of: "web") == Self.address)
        try speak(cluster["n2"], false)
        #expect(
            try cluster.answers(for: [Self.address])
                == cluster.expected([Self.address: owner ?? ""]))
        let asked = client.outputSoFar.split(separator: "\n").count
        try eventually("requests go on") {
            client.outputSoFar.split(separator: "\n").count > asked + 50
        }
        client.signal(SIGTERM)
        let answers = Set(client.outputSoFar.split(separator: "\n").dropLast())
        #expect(answers == ["web"], "\(answers)")
        let ingress = try first.kubectl(
            "get", "service", "web", "-o", "jsonpath={.status.loadBalancer.ingress[*].ip}")
        #expect(ingress == Self.address)
    }
}
