import Addressing
import CMinimalResponder
import Daemon
import Laboratory
import LinkLayer
import Logging
import Ownership
import Wire

/// Who answers for an address in a namespace of its own, at the far end of a veth pair.
enum Rival: String, CaseIterable {
    /// The address is on the link and the kernel answers by itself: no thread wakes.
    case kernel = "kernel"
    /// A few lines of C in a blocking loop.
    case minimal = "C, minimal"
    /// The segment loop and the responder as the daemon runs them.
    case herald = "herald"

    static let clientsIPv4 = IPv4Address(192, 0, 2, 1)
    /// 2001:db8::1.
    static let clientsIPv6 = IPv6Address(bits: 0x2001_0DB8 << 96 | 1)

    func address(_ family: AddressFamily) -> IPAddress {
        let last: UInt8 =
            switch self {
            case .kernel: 16
            case .minimal: 17
            case .herald: 18
            }
        return family == .ipv4
            ? .ipv4(IPv4Address(192, 0, 2, last))
            : .ipv6(IPv6Address(bits: 0x2001_0DB8 << 96 | UInt128(last)))
    }

    /// The client's link to it.
    var clientLink: String { "to-\(self == .minimal ? "c" : rawValue)" }

    /// Keeps what answers alive.
    struct Running {
        let namespace: NetworkNamespace
        let loop: SegmentLoop?
    }

    /// Connects a namespace to the client and has this rival answer in it.
    func start(_ family: AddressFamily, for client: NetworkNamespace) throws -> Running {
        let namespace = try Self.plug(clientLink, for: client)
        return Running(namespace: namespace, loop: try answer(family, in: namespace))
    }

    /// A namespace whose eth0 is the other end of the client's link.
    static func plug(
        _ clientLink: String, for client: NetworkNamespace
    ) throws -> NetworkNamespace {
        let namespace = try NetworkNamespace(clientLink)
        try namespace.ip(
            "link", "add", "eth0", "type", "veth", "peer", "name", clientLink, "netns",
            client.name)
        try namespace.ip("link", "set", "eth0", "up")
        try client.ip("link", "set", clientLink, "up")
        return namespace
    }

    private func answer(
        _ family: AddressFamily, in namespace: NetworkNamespace
    ) throws -> SegmentLoop? {
        let text = "\(address(family))"
        switch self {
        case .kernel where family == .ipv4:
            try namespace.ip("address", "add", "\(text)/32", "dev", "eth0")
        case .kernel:
            // With the prefix: the kernel wants a route for its answer.
            try namespace.ip("address", "add", "\(text)/64", "dev", "eth0", "nodad")
        case .minimal:
            _ = try namespace.enter {
                try DedicatedThread("the minimal responder") {
                    if family == .ipv4 {
                        _ = cminimalresponder_answer("eth0", text)
                    } else {
                        _ = cminimalresponder_advertise("eth0", text)
                    }
                }
            }
        case .herald: return try Self.startLoop(for: [address(family)], in: namespace)
        }
        return nil
    }

    /// One node alone, as the daemon runs it, that answers for all of these on eth0.
    static func startLoop(
        for addresses: [IPAddress], in namespace: NetworkNamespace
    ) throws -> SegmentLoop {
        let loop = try SegmentLoop(
            configuration: OwnershipConfiguration(node: "n1", interfaces: ["eth0"]),
            incarnation: 1, logger: silent, report: { _ in }, linksChanged: { _ in })
        try namespace.enter { try loop.start() }
        loop.send(.ownNodePresent(true))
        loop.send(
            .viewLoaded(
                addresses.map { AddressFacts($0, eligibility: .nodes(["n1"])) }, isFresh: true))
        return loop
    }

    static let silent = Logger(label: "segment") { _ in SwiftLogNoOpLogHandler() }
}
