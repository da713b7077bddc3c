import Foundation
import Laboratory

/// Three nodes on one segment, n1 with the embedded API, n2 and n3 with its kubeconfig.
final class Cluster {
    let world: World
    let nodes: [HeraldNode]

    /// How many Services `serve` makes: three addresses a node.
    static let services = 9

    private let families: [HeraldNode.Family]

    /// - Parameter families: at least one; the API and the hellos have the first.
    /// - Parameter configuration: what every node's configuration file says.
    init(_ families: [HeraldNode.Family] = [.ipv4], configuration: String = "") throws {
        self.families = families
        let world = try World()
        let pool = families.map(\.pool).joined(separator: ", ")
        let first = try HeraldNode(
            "n1", number: 1, on: world.segment, pool: pool, families: families)
        first.extraArguments = ["--embedded-listen", families[0].apiAddress]
        let others = try [2, 3].map {
            try HeraldNode(
                "n\($0)", number: $0, on: world.segment, pool: pool, api: first,
                families: families)
        }
        self.world = world
        nodes = [first] + others
        for node in nodes {
            // A gateway to ask: who hears nobody, not even that, is deaf and claims nothing.
            for family in families {
                try node.namespace.ip("route", "add", "default", "via", family.gateway)
            }
            try node.folder.write(configuration, to: "herald.yaml")
            try node.start()
        }
    }

    subscript(name: String) -> HeraldNode {
        nodes.first { $0.name == name } ?? nodes[0]
    }

    /// Makes Services and waits until each address is owned; the addresses, in order.
    @discardableResult
    func serve(_ names: [String] = (1...services).map { "s\($0)" }) throws -> [String] {
        let known = try owners(seenBy: nodes[0]).count
        let manifests = names.map { Manifest.service($0, families: families) }
        try nodes[0].kubectl(
            "apply", "-f", "-", input: manifests.joined(separator: "\n---\n"))
        let count = names.count * families.count
        var owners: [String: String] = [:]
        try eventually("\(count) addresses are owned", within: .seconds(30)) {
            owners = try self.owners(seenBy: nodes[0])
            return owners.count >= known + count
        }
        return owners.keys.sorted()
    }

    /// Who answers for each address, as a daemon sees it; an address without an owner is left out.
    func owners(seenBy node: HeraldNode) throws -> [String: String] {
        var owners: [String: String] = [:]
        for address in try status(of: node).addresses where address.state == "announced" {
            owners[address.address] = address.owner
        }
        return owners
    }

    func status(of node: HeraldNode) throws -> ShownStatus {
        let json = try node.heraldctl("status", "-o", "json")
        guard json.succeeded else { throw NodeFailure(description: json.errorOutput) }
        return try JSONDecoder().decode(ShownStatus.self, from: Data(json.output.utf8))
    }

    /// Waits until each of these daemons sees the same owner of every address, among `allowed`.
    @discardableResult
    func awaitOwners(
        of addresses: [String], among allowed: [String], seenBy watchers: [String]
    ) throws -> [String: String] {
        var owners: [String: String] = [:]
        try eventually("\(allowed) own all addresses", within: .seconds(20)) {
            let views = try watchers.map { try self.owners(seenBy: self[$0]) }
            owners = views.first ?? [:]
            return views.allSatisfy { $0 == owners }
                && addresses.allSatisfy { owners[$0].map(allowed.contains) ?? false }
        }
        return owners
    }

    /// The link addresses that answer the client's requests for each address, within two seconds.
    ///
    /// ndisc6 is told to wait for several answers to one question.
    func answers(for addresses: [String]) throws -> [String: Set<String>] {
        let script = """
            for a in \(addresses.joined(separator: " ")); do
              case $a in
              *:*) ndisc6 -m -r 2 -w 1000 $a eth0 | sed -n "s/.*address: \\([0-9A-F:]*\\).*/$a \\1/p" & ;;
              *) arping -I eth0 -c 2 -w 2 $a | sed -n "s/.*reply from $a \\[\\([^]]*\\)\\].*/$a \\1/p" & ;;
              esac
            done; wait
            """
        var answers: [String: Set<String>] = [:]
        for line in try world.client.run("bash", ["-c", script]).output.split(separator: "\n") {
            let words = line.split(separator: " ")
            answers[String(words[0]), default: []].insert(words[1].lowercased())
        }
        return answers
    }

    /// What `answers` says when each address is answered by its owner and nobody else.
    func expected(_ owners: [String: String]) -> [String: Set<String>] {
        owners.mapValues { [self[$0].linkAddress] }
    }

    /// Frames of these kinds do not pass the switch between the two sides.
    func separate(_ left: [String], from right: [String], what match: String = "") throws {
        let rules = left.flatMap { one in
            right.flatMap { other in
                [(self[one].port, self[other].port), (self[other].port, self[one].port)].map {
                    "iifname \($0.0) oifname \($0.1) \(match) drop"
                }
            }
        }
        try filter(rules)
    }

    /// No hello, no ARP and no Neighbor Discovery passes to or from the node, and everything else does.
    func mute(_ name: String) throws {
        let port = self[name].port
        let asks = "icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } drop"
        try filter(
            ["iifname \(port)", "oifname \(port)"].flatMap {
                ["\($0) udp dport 6480 drop", "\($0) ether type arp drop", "\($0) \(asks)"]
            })
    }

    /// The other nodes hear nothing of the node, which hears them; everybody else hears it.
    func gag(_ name: String) throws {
        try filter(
            nodes.filter { $0.name != name }.map {
                "iifname \(self[name].port) oifname \($0.port) drop"
            })
    }

    /// No question of anybody's, by ARP or Neighbor Discovery, reaches the node; hellos do, and what
    /// the node asks is answered. Nodes know each other's link addresses without asking.
    func hideQuestions(from name: String) throws {
        for node in nodes {
            for other in nodes where other !== node {
                try node.namespace.ip(
                    "neighbor", "replace", "192.0.2.\(other.number)", "lladdr",
                    other.linkAddress, "dev", "eth0", "nud", "permanent")
            }
        }
        let port = self[name].port
        try filter([
            "oifname \(port) ether type arp arp operation request drop",
            "oifname \(port) icmpv6 type nd-neighbor-solicit drop",
        ])
    }

    /// One in five frames among nodes is lost, and of what they say to everybody.
    func loseOneInFive() throws {
        try filter(
            nodes.flatMap { node in
                nodes.filter { $0 !== node }.map {
                    "iifname \(node.port) oifname \($0.port) numgen random mod 5 0 drop"
                } + [
                    "iifname \(node.port) ether daddr ff:ff:ff:ff:ff:ff "
                        + "numgen random mod 5 0 drop"
                ]
            })
    }

    private func filter(_ rules: [String]) throws {
        let chain =
            "add table bridge faults; add chain bridge faults between "
            + "{ type filter hook forward priority 0; }; "
        let text = rules.map { "add rule bridge faults between \($0)" }.joined(separator: "; ")
        let run = try world.segment.namespace.run("nft", [chain + text])
        guard run.succeeded else { throw NodeFailure(description: run.errorOutput) }
    }

    /// Everything passes again.
    func heal() throws {
        try world.segment.namespace.run("nft", ["delete table bridge faults"])
    }
}

/// `heraldctl status -o json`, as far as these tests read it.
struct ShownStatus: Decodable {
    struct Address: Decodable {
        let address: String
        let owner: String?
        let state: String
        let epoch: Int?
        let alarm: String?
    }
    struct Member: Decodable {
        let node: String
        let state: String
        let lastHeardMilliseconds: Int?
        let addresses: Int
    }
    struct API: Decodable {
        let connected: Bool
        let staleSeconds: Int?
    }
    let role: String
    let leader: String?
    let api: API
    let addresses: [Address]
    let members: [Member]
    let problems: [String]?
}
