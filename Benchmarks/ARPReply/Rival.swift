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
    /// A dozen lines of C in a blocking loop.
    case minimal = "C, minimal"
    /// The segment loop and the responder as the daemon runs them.
    case herald = "herald"

    var address: IPv4Address {
        switch self {
        case .kernel: IPv4Address(192, 0, 2, 16)
        case .minimal: IPv4Address(192, 0, 2, 17)
        case .herald: IPv4Address(192, 0, 2, 18)
        }
    }

    /// The client's link to it.
    var clientLink: String { "to-\(self == .minimal ? "c" : rawValue)" }

    /// Connects a namespace to the client and has this rival answer in it.
    func start(for client: NetworkNamespace) throws -> Running {
        let namespace = try NetworkNamespace(clientLink)
        try namespace.ip(
            "link", "add", "eth0", "type", "veth", "peer", "name", clientLink, "netns",
            client.name)
        try namespace.ip("link", "set", "eth0", "up")
        try client.ip("link", "set", clientLink, "up")
        return Running(namespace: namespace, loop: try answer(in: namespace))
    }

    /// Keeps what answers alive.
    struct Running {
        let namespace: NetworkNamespace
        let loop: SegmentLoop?
    }

    private func answer(in namespace: NetworkNamespace) throws -> SegmentLoop? {
        let text = "\(address)"
        switch self {
        case .kernel:
            try namespace.ip("address", "add", "\(text)/32", "dev", "eth0")
        case .minimal:
            _ = try namespace.enter {
                try DedicatedThread("the minimal responder") {
                    _ = cminimalresponder_answer("eth0", text)
                }
            }
        case .herald: return try startLoop(in: namespace)
        }
        return nil
    }

    private func startLoop(in namespace: NetworkNamespace) throws -> SegmentLoop {
        let loop = try SegmentLoop(
            configuration: OwnershipConfiguration(node: "n1", interfaces: ["eth0"]),
            incarnation: 1, logger: Logger(label: "segment") { _ in SwiftLogNoOpLogHandler() },
            report: { _ in }, linksChanged: { _ in })
        try namespace.enter { try loop.start() }
        loop.send(.ownNodePresent(true))
        loop.send(
            .viewLoaded(
                [AddressFacts(.ipv4(address), eligibility: .nodes(["n1"]))], isFresh: true))
        return loop
    }
}
