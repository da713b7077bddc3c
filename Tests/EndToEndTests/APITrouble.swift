import Certificates
import Foundation
import HTTPServing
import Laboratory

/// What can become of the API of n1, for everybody, n1 itself included.
enum APITrouble: String, CaseIterable {
    /// Nobody listens.
    case refused
    /// Nothing comes back, not even a word that the connection is gone.
    case hanging
    /// It answers everything with 500.
    case failing
    /// Somebody else answers, with a certificate of another authority.
    case impersonated
    /// It answers everything, too late.
    case slow

    static let port = 6500
    /// Longer than any request waits.
    private static let slowness: Duration = .seconds(15)

    /// Begins; the server that takes the API's place, if one does, is to be run.
    func begin(on node: HeraldNode) throws -> HTTPServer? {
        switch self {
        case .refused:
            try Self.filter(node, verdict: "reject with tcp reset")
            return nil
        case .hanging:
            try Self.filter(node, verdict: "drop")
            return nil
        case .failing, .impersonated, .slow:
            let server = try standIn(on: node)
            // What is connected is cut off, what comes next is led to the other server.
            try Self.filter(node, verdict: "reject with tcp reset")
            try Self.nft(
                node,
                """
                add table ip api; \
                add chain ip api pre { type nat hook prerouting priority -100; }; \
                add chain ip api out { type nat hook output priority -100; }; \
                add rule ip api pre tcp dport 6481 redirect to :\(Self.port); \
                add rule ip api out tcp dport 6481 redirect to :\(Self.port)
                """)
            return server
        }
    }

    /// The API is itself again.
    static func end(on node: HeraldNode) throws {
        try node.namespace.run("nft", ["delete table inet api"])
        try node.namespace.run("nft", ["delete table ip api"])
    }

    /// Connections from this address alone are refused.
    static func refuse(_ address: String, on node: HeraldNode) throws {
        try filter(node, match: "ip saddr \(address)", verdict: "reject with tcp reset")
    }

    private static func filter(
        _ node: HeraldNode, match: String = "", verdict: String
    ) throws {
        try nft(
            node,
            """
            add table inet api; \
            add chain inet api in { type filter hook input priority 0; }; \
            add chain inet api out { type filter hook output priority 0; }; \
            add rule inet api in \(match) tcp dport 6481 \(verdict)
            """)
        guard verdict == "drop" else { return }
        try nft(node, "add rule inet api out tcp sport 6481 drop")
    }

    static func nft(_ node: HeraldNode, _ commands: String) throws {
        let run = try node.namespace.run("nft", [commands])
        guard run.succeeded else { throw NodeFailure(description: run.errorOutput) }
    }

    private func standIn(on node: HeraldNode) throws -> HTTPServer {
        let identity = try identity(on: node)
        let (answersLate, endpoint) = (
            self == .slow, HTTPServerConfiguration.Endpoint.tcp(host: "0.0.0.0", port: Self.port)
        )
        return try node.namespace.enter {
            try HTTPServer(
                configuration: HTTPServerConfiguration(endpoint: endpoint, tls: identity),
                respond: { _ in
                    // Cancelled when the client has gone.
                    if answersLate { try? await Task.sleep(for: Self.slowness) }
                    return HTTPResponse(status: 500, text: "internal error\n")
                })
        }
    }

    /// A certificate for n1, of its API's own authority or of another.
    private func identity(on node: HeraldNode) throws -> TLSIdentity {
        let other = try TemporaryFolder()
        let isOwn = self != .impersonated
        let authority = isOwn ? node.folder.path("state/api-ca") : other.path("other-ca")
        return try CertificateAuthority(storedAs: authority)
            .issueServerIdentity(names: ["192.0.2.1"])
    }
}

extension APITrouble {
    /// Every connection to these ports of the node is refused.
    static func refuseAll(on node: HeraldNode, ports: Range<Int>) throws {
        try nft(
            node,
            """
            add table inet api; \
            add chain inet api in { type filter hook input priority 0; }; \
            add rule inet api in tcp dport \(ports.lowerBound)-\(ports.upperBound - 1) \
            reject with tcp reset
            """)
    }
}
