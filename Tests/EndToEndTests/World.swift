import Foundation
import Laboratory

/// A segment with one client on it, to which nodes and strangers are plugged.
///
/// 192.0.2.0/24 and 2001:db8::/64 with the client at 200; everything is made of network namespaces and goes with it.
final class World {
    let segment: Segment
    let client: NetworkNamespace

    init() throws {
        segment = try Segment()
        client = try NetworkNamespace("client")
        try segment.plug(client, addresses: ["192.0.2.200/24", "2001:db8::200/64"])
    }

    /// A node with one pool, its daemon not yet started.
    func node(pool addresses: String = "192.0.2.16-192.0.2.31") throws -> HeraldNode {
        try HeraldNode(on: segment, pool: addresses)
    }

    /// A host that knows nothing of Herald and has this address.
    func foreignHost(at address: String, linkAddress: String) throws -> NetworkNamespace {
        let host = try NetworkNamespace("foreign")
        try segment.plug(host, addresses: ["\(address)/24"], linkAddress: linkAddress)
        return host
    }

    /// The link address that answers an ARP request of the client's, nil when none does in 1 s.
    func whoHas(_ address: String) throws -> String? {
        let arping = try client.run("arping", ["-I", "eth0", "-f", "-c", "1", "-w", "1", address])
        // "Unicast reply from 192.0.2.16 [02:00:00:00:00:01]  0.6ms"
        let answer = arping.output.split(separator: "[").dropFirst().first
        return answer.flatMap { $0.split(separator: "]").first.map { $0.lowercased() } }
    }

    /// The body of what the address answers to an HTTP request of the client's.
    func fetch(_ address: String) throws -> String {
        let host = address.contains(":") ? "[\(address)]" : address
        return try client.run("curl", ["-sS", "--max-time", "5", "http://\(host)/"]).output
    }
}
