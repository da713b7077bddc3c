import Foundation
import Synchronization

/// An Ethernet segment: a bridge in a namespace of its own, to which nodes are plugged.
package final class Segment: Sendable {
    /// Where the bridge `br0` and its ports are: a place to listen to all that is said.
    package let namespace: NetworkNamespace
    private let ports = Atomic(0)

    package init() throws {
        namespace = try NetworkNamespace("segment")
        // A bridge that learns at once, asks nobody and filters nothing.
        try namespace.ip(
            "link", "add", "br0", "type", "bridge", "stp_state", "0", "forward_delay", "0",
            "mcast_snooping", "0")
        try namespace.ip("link", "set", "br0", "up")
    }

    /// Plugs `node` in by a link that it calls `link`, and waits for nothing.
    ///
    /// - Parameter addresses: with prefix length: `192.0.2.1/24`. IPv6 addresses skip duplicate
    ///   address detection, so that they serve at once.
    /// - Returns: the name of the bridge's port, to be set down for a pulled cable.
    @discardableResult
    package func plug(
        _ node: NetworkNamespace, as link: String = "eth0", addresses: [String] = [],
        linkAddress: String? = nil
    ) throws -> String {
        let port = "port\(ports.add(1, ordering: .relaxed).newValue)"
        let mac = linkAddress.map { ["address", $0] } ?? []
        try NetworkNamespace.ip(
            ["-n", node.name, "link", "add", link] + mac
                + ["type", "veth", "peer", "name", port, "netns", namespace.name])
        try namespace.ip("link", "set", port, "master", "br0", "up")
        for address in addresses {
            let flags = address.contains(":") ? ["nodad"] : []
            try NetworkNamespace.ip(
                ["-n", node.name, "address", "add", address, "dev", link] + flags)
        }
        try node.ip("link", "set", link, "up")
        return port
    }

    /// Pulls the cable of a port: its node loses carrier.
    package func pull(_ port: String) throws {
        try namespace.ip("link", "set", port, "down")
    }

    /// Plugs the cable of a port in again.
    package func restore(_ port: String) throws {
        try namespace.ip("link", "set", port, "up")
    }

    package func close() { namespace.close() }
}
