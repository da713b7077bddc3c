import Foundation
import Laboratory
import TestTraits
import Testing

/// Three real daemons beside a real kube-apiserver, with what `Deploy/rbac.yaml` grants and the
/// kubeconfig that `heraldctl kubeconfig` makes.
@Suite(.serialized, .blocking, .needsKubectl, .needsRealServer) struct RealClusterTests {
    private let cluster: RealNodes
    private var world: World { cluster.world }
    private var nodes: [HeraldNode] { cluster.nodes }

    init() throws {
        cluster = try RealNodes()
        try nodes[0].kubectl(
            "apply", "-f", Manifest.repository.appendingPathComponent("Deploy/rbac.yaml").path)
        for node in nodes {
            try cluster.register(node)
            try cluster.makeKubeconfig(of: node)
            try node.start()
        }
    }

    private func owner(of address: String, seenBy node: HeraldNode) throws -> String? {
        let json = try node.heraldctl("status", "-o", "json").output
        let status = try JSONDecoder().decode(ShownStatus.self, from: Data(json.utf8))
        return status.addresses.first { $0.address == address }?.owner
    }

    @Test func theWholeLifeOfAnAddress() throws {
        let first = nodes[0]
        try first.apply("web")
        let address = try first.awaitAddress(of: "web")
        var owner: String?
        try eventually("\(address) is owned", within: .seconds(20)) {
            owner = try self.owner(of: address, seenBy: first)
            return owner != nil
        }
        let answering = try world.whoHas(address)
        #expect(answering == nodes.first { $0.name == owner }?.linkAddress)
        let pool = try first.kubectl(
            "get", "service", "web", "-o",
            #"jsonpath={.metadata.annotations.herald\.dev/allocated-from}"#)
        #expect(pool == "public")
        try eventually("the event is there") {
            try first.kubectl("describe", "service", "web").contains("AddressAllocated")
        }
        // Another node's daemon is told by way of the API.
        let asked = try #require(nodes.first { $0.name != owner })
        #expect(try asked.heraldctl("drain", owner ?? "").status == 0)
        try eventually("\(owner ?? "") is drained", within: .seconds(20)) {
            let now = try self.owner(of: address, seenBy: asked)
            return now != nil && now != owner
        }
        try first.kubectl("delete", "service", "web")
        try eventually("nobody answers", within: .seconds(10)) {
            try world.whoHas(address) == nil
        }
        for node in nodes {
            let log = node.daemon?.errorOutputSoFar ?? ""
            #expect(!log.contains("403") && !log.contains("orbidden"), "\(node.name): \(log)")
        }
    }

    /// The real server is gone and comes back another time: what is announced stays.
    @Test func aServerThatIsGoneTakesNothingAway() throws {
        let first = nodes[0]
        try first.apply("web")
        let address = try first.awaitAddress(of: "web")
        try eventually("\(address) is answered", within: .seconds(30)) {
            try world.whoHas(address) != nil
        }
        try APITrouble.refuseAll(on: first, ports: 20_000..<32_000)
        try eventually("the outage is seen", within: .seconds(45)) {
            let json = try nodes[1].heraldctl("status", "-o", "json").output
            return json.contains(#""connected":false"#) || json.contains(#""connected": false"#)
        }
        #expect(try world.whoHas(address) != nil)
    }
}
