import Foundation
import Laboratory
import TestTraits
import Testing

/// Two daemons whose pool has `mode: address`, a program on each that serves on every address, and a
/// client.
@Suite(.serialized, .blocking, .needsKubectl) struct AddressModeTests {
    private let world: World
    private let nodes: [HeraldNode]
    private let addresses: [String]

    /// What the kernel keeps of a killed daemon, and its own round of a second or so.
    private static let lifetime = Duration.seconds(12)

    init() throws {
        let world = try World()
        let families: [HeraldNode.Family] = [.ipv4, .ipv6]
        let pool = families.map(\.pool).joined(separator: ", ")
        let first = try HeraldNode(
            "n1", number: 1, on: world.segment, pool: pool, families: families)
        first.extraArguments = ["--embedded-listen", families[0].apiAddress]
        let second = try HeraldNode(
            "n2", number: 2, on: world.segment, pool: pool, api: first, families: families)
        nodes = [first, second]
        for node in nodes {
            for family in families {
                try node.namespace.ip("route", "add", "default", "via", family.gateway)
            }
            try node.writePool(pool, announce: "{mode: address}")
            try node.start()
            try node.serve(text: "hello from \(node.name)")
        }
        self.world = world
        let manifests = ["s1", "s2"].map { Manifest.service($0, families: families) }
        try first.kubectl("apply", "-f", "-", input: manifests.joined(separator: "\n---\n"))
        var found: [String] = []
        try eventually("four addresses are on the nodes' links", within: .seconds(30)) {
            found = try (Self.onLink(first) + Self.onLink(second)).sorted()
            return found.count == 4
        }
        addresses = found
    }

    /// The service addresses on the node's link, in order.
    private static func onLink(_ node: HeraldNode) throws -> [String] {
        try node.namespace.ip("-o", "address", "show", "dev", "eth0").split(separator: "\n")
            .filter { $0.contains(" deprecated dynamic noprefixroute") }
            .compactMap { $0.split(separator: " ").dropFirst(3).first }
            .map { String($0.prefix { $0 != "/" }) }.sorted()
    }

    private func expectServed(by node: HeraldNode, _ addresses: [String]) throws {
        for address in addresses {
            try eventually("\(address) is served by \(node.name)", within: .seconds(5)) {
                try world.fetch(address) == "hello from \(node.name)\n"
            }
        }
    }

    @Test func eachIsOnItsOwnersLinkAloneAndServesThere() throws {
        let shares = try nodes.map(Self.onLink)
        #expect(shares.map(\.count) == [2, 2])
        for (node, share) in zip(nodes, shares) { try expectServed(by: node, share) }
        let shown = try nodes[0].heraldctl("status", "-o", "json")
        #expect(shown.succeeded)
        for node in nodes {
            for target in ["192.0.2.200", "2001:db8::200"] {
                let route = try node.namespace.ip("route", "get", target)
                for address in addresses { #expect(!route.contains("src \(address) ")) }
            }
        }
    }

    /// SIGTERM: make-before-break, then nothing is left.
    @Test func aStoppedNodeHandsOverAndLeavesNothing() throws {
        #expect(try nodes[1].end(SIGTERM).status == 0)
        #expect(try Self.onLink(nodes[1]).isEmpty)
        try eventually("the other has all") { try Self.onLink(nodes[0]) == addresses }
        try expectServed(by: nodes[0], addresses)
    }

    /// Its kernel answers, and its programs serve, until it lets the addresses go; the only other node
    /// hears that on the wire and waits for it.
    @Test func aKilledNodesAddressesServeUntilTheyGoByThemselves() throws {
        let share = try Self.onLink(nodes[1])
        try nodes[1].end(SIGKILL)
        #expect(try Self.onLink(nodes[1]) == share, "nobody is there to take them off")
        try expectServed(by: nodes[1], share)
        try eventually("none is left", within: Self.lifetime) {
            try Self.onLink(nodes[1]).isEmpty
        }
        try eventually("the other has all") { try Self.onLink(nodes[0]) == addresses }
        try expectServed(by: nodes[0], addresses)
    }

    /// Alone, and from what the API last said, before the kernel would have let them go.
    @Test func aRestartedNodeAdoptsWhatItLeft() throws {
        // It is written a second after a change.
        let known = nodes[1].folder.path("state/lastknown.json")
        try eventually("what the API said is on disk") {
            let text = (try? String(contentsOfFile: known, encoding: .utf8)) ?? ""
            return addresses.allSatisfy { text.contains("\"\($0)\"") }
        }
        try nodes[0].end(SIGTERM)
        try eventually("the other has all") { try Self.onLink(nodes[1]) == addresses }
        try nodes[1].end(SIGKILL)
        try nodes[1].start()
        try eventually("it has all") { try Self.onLink(nodes[1]) == addresses }
        try expectServed(by: nodes[1], addresses)
        #expect(try nodes[1].end(SIGTERM).status == 0)
        #expect(try Self.onLink(nodes[1]).isEmpty)
    }
}
