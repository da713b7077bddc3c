import Foundation
import Laboratory
import TestTraits
import Testing

/// What each daemon asks of the API, by its own account.
@Suite(.serialized, .blocking, .needsKubectl) struct WatchesTests {
    private static let everybodys: Set = [
        "configmaps", "endpointslices", "leases", "nodes", "secrets", "services",
    ]

    /// The resources that the daemon watches, from its metrics.
    static func watches(of node: HeraldNode) throws -> Set<String> {
        let page = try node.get("metrics").output
        let found = page.matches(
            of: #/herald_api_requests_total{verb="watch",resource="([^"]+)"}/#)
        return Set(found.map { String($0.output.1) })
    }

    /// How much the daemon wrote, renewals of its lease apart.
    private static func writes(of node: HeraldNode) throws -> Int {
        let page = try node.get("metrics").output
        let found = page.matches(
            of: #/herald_api_requests_total{verb="(\w+)",resource="([^"]+)"} (\d+)/#)
        return found.filter {
            ["create", "patch", "update", "delete"].contains($0.output.1)
                && $0.output.2 != "leases"
        }.compactMap { Int($0.output.3) }.reduce(0, +)
    }

    /// A kubelet that comes and goes concerns nobody.
    @Test func aNodeThatFlapsCausesNoWrites() throws {
        let cluster = try Cluster()
        let addresses = try cluster.serve(["web", "shop"])
        let owners = try cluster.owners(seenBy: cluster["n1"])
        var before = 0
        try eventually("all events are written") {
            let now = try cluster.nodes.reduce(0) { $0 + (try Self.writes(of: $1)) }
            defer { before = now }
            return now == before && now >= 2 * addresses.count
        }
        for flap in 1...20 {
            let ready = flap % 2 == 0 ? "True" : "Unknown"
            try cluster["n1"].kubectl(
                "patch", "node", "n2", "--subresource=status", "-p",
                #"{"status":{"conditions":[{"type":"Ready","status":"\#(ready)"}]}}"#)
        }
        // What comes after them is written, so they were read.
        try cluster.serve(["late"])
        let late = 2
        let after = try cluster.nodes.reduce(0) { $0 + (try Self.writes(of: $1)) }
        #expect(after - before <= late + 1, "\(after - before) writes")
        for (address, owner) in owners {
            #expect(try cluster.owners(seenBy: cluster["n1"])[address] == owner)
        }
    }

    /// Whoever does not allocate has no need of the labels of namespaces.
    @Test func eachNodeWatchesWhatItsRoleNeeds() throws {
        let cluster = try Cluster()
        try cluster.serve(["web"])
        let leader = try #require(try cluster.status(of: cluster["n2"]).leader)
        for node in cluster.nodes {
            let wanted =
                node.name == leader ? Self.everybodys.union(["namespaces"]) : Self.everybodys
            try eventually("\(node.name) watches \(wanted.sorted())") {
                try Self.watches(of: node) == wanted
            }
        }
        // The next leader needs them from then on.
        let next = leader == "n2" ? "n3" : "n2"
        try cluster["n1"].kubectl(
            "patch", "lease", "herald-allocator", "-n", "herald-system", "--type=merge", "-p",
            #"{"spec":{"holderIdentity":"\#(next)"}}"#)
        try eventually("\(next) watches namespaces", within: .seconds(20)) {
            try Self.watches(of: cluster[next]).contains("namespaces")
        }
    }
}
