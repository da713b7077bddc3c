import Addressing
import Daemon
import Laboratory
import LinkLayer
import Timing

/// ARP requests as fast as one thread can send them, for an address that is owned and for one that is
/// nobody's, to two nodes that hear each other on the same segment.
enum HostileFlood {
    static let seconds = 10

    static func run() throws {
        let pair = try Pair()
        defer { pair.stop() }
        // Hellos by the flooded segment alone.
        for node in pair.nodes { try node.ip("link", "delete", "eth1") }
        print("\(seconds) s of ARP requests, as many as one thread can send\n")
        let head = ["sent/s", "answered/s", "withheld", "asked alone", "MiB", "members", "moves"]
        print(ReplyBenchmark.row([""] + head, first: 36))
        try settle(pair)
        let foreign = IPAddress.ipv4(IPv4Address(192, 0, 2, 99))
        let owned = Pair.served[0]
        let owner = pair.linkAddress(ofOwnerOf: owned)
        try flood(pair, "an owned address, to its owner", owned, to: owner)
        try flood(pair, "a foreign address, to one node", foreign, to: owner)
        try flood(pair, "an owned address, to everybody", owned, to: .broadcast)
        try flood(pair, "a foreign address, to everybody", foreign, to: .broadcast)
    }

    private static func settle(_ pair: Pair) throws {
        // Members of a link that went are told of once.
        _ = try pair.client.enter { try Listener(on: "eth0").frames(within: .seconds(2)) }
        try pair.awaitOneOwner()
    }

    private static func flood(
        _ pair: Pair, _ name: String, _ address: IPAddress, to receiver: LinkAddress
    ) throws {
        for told in pair.told { told.forget() }
        let counts = pair.loops.map(\.counts)
        let before = try ManyAddresses.residentKiB()
        let end = Instant.now() + .seconds(seconds)
        let flood = try pair.client.enter {
            try Prober(on: "eth0", for: address, from: Pair.clientsAddress, to: receiver)
                .hammer(until: end)
        }
        let after = try ManyAddresses.residentKiB()
        let latency = try pair.client.enter { () -> Duration? in
            try Prober(on: "eth0", for: Pair.served[1], from: Pair.clientsAddress).ask()
        }
        let now = pair.loops.map(\.counts)
        let answered = zip(now, counts).map { $0.answered - $1.answered }.reduce(0, +)
        let withheld = zip(now, counts).map { $0.withheld - $1.withheld }.reduce(0, +)
        let troubles = pair.told.map(\.troubles)
        print(
            ReplyBenchmark.row(
                [
                    name, "\(flood.sent / seconds)", "\(answered / seconds)", "\(withheld)",
                    latency.map { "\($0.nanoseconds / 1_000) us" } ?? "lost",
                    "+\((after - before) / 1_024)",
                    "\(troubles.map(\.members).reduce(0, +))",
                    "\(troubles.map(\.addresses).reduce(0, +))",
                ], first: 36))
    }
}
