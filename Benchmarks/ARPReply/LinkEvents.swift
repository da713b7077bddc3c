import Addressing
import CMinimalResponder
import Daemon
import Laboratory
import LinkLayer
import Ownership
import Timing
import Wire

/// From a link's event to the first frame that says what follows from it, with two nodes that hear
/// each other by a second link.
enum LinkEvents {
    static let rounds = 20

    static func run() throws {
        let pair = try Pair()
        defer { pair.stop() }
        var lost = Distribution()
        var changed = Distribution()
        for round in 0..<rounds {
            lost.add(try carrierLoss(pair))
            changed.add(try hardwareAddress(pair, round))
        }
        print("from a link's event to the first announcement, \(rounds) times, milliseconds\n")
        print(ReplyBenchmark.row(["", "p50", "max"], first: 50))
        for (name, times) in [
            ("carrier lost -> the successor's announcement", lost),
            ("MAC changed -> the owner's announcement", changed),
        ] {
            print(
                ReplyBenchmark.row(
                    [name, times.milliseconds(0.5), times.milliseconds(1)], first: 50))
        }
    }

    /// The port of an address's owner goes down; it comes up again before the next round.
    private static func carrierLoss(_ pair: Pair) throws -> Duration {
        let address = Pair.served[0]
        guard case .ipv4(let wanted) = address, let owner = pair.told[0].owner(of: address) else {
            throw SystemCallError("owner", on: "\(address)", errno: 61)
        }
        let (segment, port) = (pair.first.namespace, pair.ports[owner == "n1" ? 0 : 1])
        let took = try pair.client.enter {
            let listener = try Listener(on: "eth0")
            let start = try segment.enter {
                let start = Instant.now()
                _ = cminimalresponder_set_up(port, 0)
                return start
            }
            let seen = try listener.first(before: start + .seconds(10)) {
                $0.packet.isGratuitous && $0.packet.senderProtocolAddress == wanted
            }
            guard let seen else { throw SystemCallError("announcement", on: port, errno: 110) }
            return seen - start
        }
        _ = try segment.enter { cminimalresponder_set_up(port, 1) }
        // What was the other's stays there until somebody evens it out.
        try eventually("the addresses are shared again", within: .seconds(60)) {
            for loop in pair.loops { loop.send(.rebalanceRequested) }
            let owners = Pair.served.map { pair.told[0].owner(of: $0) }
            return owners.count { $0 == "n1" } == Pair.served.count / 2
        }
        try pair.awaitOneOwner()
        return took
    }

    private static func hardwareAddress(_ pair: Pair, _ round: Int) throws -> Duration {
        let address = LinkAddress(bits: 0x0200_5E00_6000 + UInt64(round))
        let node = pair.nodes[0]
        return try pair.client.enter {
            let listener = try Listener(on: "eth0")
            // The start of ip(8) is counted with it.
            let start = Instant.now()
            try node.ip("link", "set", "eth0", "address", "\(address)")
            guard
                let seen = try listener.first(
                    before: start + .seconds(10),
                    { $0.packet.isGratuitous && $0.packet.senderHardwareAddress == address })
            else { throw SystemCallError("announcement", on: "\(address)", errno: 110) }
            return seen - start
        }
    }
}
