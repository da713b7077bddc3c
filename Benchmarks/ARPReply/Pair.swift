import Addressing
import Daemon
import Laboratory
import LinkLayer
import Ownership
import Synchronization
import Timing
import Wire

/// Two nodes that share the addresses of one segment, joined by a second one, and a client on the
/// first.
struct Pair {
    static let served = (16..<24).map { IPAddress.ipv4(IPv4Address(192, 0, 2, UInt8($0))) }

    /// Neither node's: what the kernels learn from requests must be true, or hellos go astray.
    static let clientsAddress = IPv4Address(192, 0, 2, 200)

    /// The nodes', on the first segment.
    static let linkAddresses = [
        LinkAddress(bits: 0x0200_5E00_7001), LinkAddress(bits: 0x0200_5E00_7002),
    ]

    let first: Segment
    let second: Segment
    let client: NetworkNamespace
    let nodes: [NetworkNamespace]
    /// The nodes' ports at the first segment's switch.
    let ports: [String]
    let loops: [SegmentLoop]
    let told: [Told]

    /// What one loop reported.
    final class Told: Sendable {
        private let reports = Mutex<[OwnershipReport]>([])

        func add(_ report: OwnershipReport) { reports.withLock { $0.append(report) } }

        func owner(of address: IPAddress) -> String? {
            for case .addressChanged(let status) in reports.withLock({ $0 }).reversed()
            where status.address == address {
                return status.owner
            }
            return nil
        }

        /// How often a peer was not called alive, and an address changed its owner.
        var troubles: (members: Int, addresses: Int) {
            reports.withLock { reports in
                var troubles = (members: 0, addresses: 0)
                for report in reports {
                    switch report {
                    case .memberChanged(let member) where member.state != .alive:
                        troubles.members += 1
                    case .addressChanged: troubles.addresses += 1
                    default: break
                    }
                }
                return troubles
            }
        }

        func forget() { reports.withLock { $0 = [] } }
    }

    init() throws {
        let (first, second) = try (Segment(), Segment())
        let client = try NetworkNamespace("client")
        try first.plug(client, addresses: ["\(Self.clientsAddress)/24"])
        let nodes = try [NetworkNamespace("n1"), NetworkNamespace("n2")]
        let told = [Told(), Told()]
        guard let key = HelloKey(secret: Array("0123456789abcdef".utf8)),
            let keyring = HelloKeyring(
                clusterTag: HelloKeyring.clusterTag(namespaceUID: "uid-1"), keys: [key])
        else { throw SystemCallError("keyring", on: "hellos", errno: 22) }
        let peers = (1...2).map {
            PeerNode("n\($0)", addresses: [.ipv4(IPv4Address(192, 0, 2, UInt8($0)))])
        }
        var ports: [String] = []
        var loops: [SegmentLoop] = []
        for (index, node) in nodes.enumerated() {
            ports.append(
                try first.plug(
                    node, addresses: ["192.0.2.\(index + 1)/24"],
                    linkAddress: "\(Self.linkAddresses[index])"))
            try second.plug(node, as: "eth1", addresses: ["198.51.100.\(index + 1)/24"])
            let report = told[index]
            let loop = try SegmentLoop(
                configuration: OwnershipConfiguration(
                    node: "n\(index + 1)", interfaces: ["eth0", "eth1"]),
                incarnation: 1, logger: Rival.silent, report: { report.add($0) },
                linksChanged: { _ in })
            try node.enter { try loop.start() }
            loop.send(keyring)
            loop.send(.peersChanged(peers))
            loop.send(.ownNodePresent(true))
            loop.send(
                .viewLoaded(
                    Self.served.map {
                        AddressFacts($0, eligibility: .nodes(["n1", "n2"]), interfaces: ["eth0"])
                    }, isFresh: true))
            loops.append(loop)
        }
        (self.first, self.second, self.client, self.nodes) = (first, second, client, nodes)
        (self.ports, self.loops, self.told) = (ports, loops, told)
        try awaitOneOwner()
    }

    func linkAddress(ofOwnerOf address: IPAddress) -> LinkAddress {
        Self.linkAddresses[told[0].owner(of: address) == "n1" ? 0 : 1]
    }

    func stop() { for loop in loops { loop.stop() } }

    /// Until both say the same of every address.
    func awaitOneOwner() throws {
        try eventually("each address has one owner, the same for both", within: .seconds(30)) {
            Self.served.allSatisfy { address in
                let owners = told.map { $0.owner(of: address) }
                return owners[0] != nil && owners[0] == owners[1]
            }
        }
    }
}
