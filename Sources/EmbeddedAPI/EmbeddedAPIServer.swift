import Addressing
import Certificates
import Files
import HTTPServing
import JSON
import Logging
import ServiceLifecycle

/// Where the embedded API keeps its state and serves, and which names its certificate carries.
package struct EmbeddedAPIConfiguration: Sendable {
    /// The folder for the database, certificates, token and kubeconfig; made when missing.
    package let stateDirectory: String
    /// An address; a wildcard serves everywhere, and the kubeconfig then names an InternalIP.
    package let listenHost: String
    /// 0 lets the kernel choose.
    package let listenPort: Int
    package let nodeName: String
    package let internalIPs: [String]

    package init(
        stateDirectory: String, listenHost: String = "127.0.0.1", listenPort: Int = 6481,
        nodeName: String, internalIPs: [String]
    ) {
        self.stateDirectory = stateDirectory
        self.listenHost = listenHost
        self.listenPort = listenPort
        self.nodeName = nodeName
        self.internalIPs = internalIPs
    }

    /// The address that clients are told: the InternalIP stands in for a wildcard.
    var advertisedHost: String {
        guard let address = try? IPAddress(listenHost), address.bits == 0 else { return listenHost }
        // An IPv6 wildcard serves IPv4 too.
        let reachable = internalIPs.first {
            address.family == .ipv6 || (try? IPAddress($0))?.family == .ipv4
        }
        return reachable ?? (address.family == .ipv4 ? "127.0.0.1" : "::1")
    }
}

/// A small Kubernetes-compatible API on SQLite, for machines without a cluster.
///
/// `init` prepares everything: when it returns, the database, the certificates, the token and the
/// kubeconfig are there and the port is bound. `run` serves until cancelled or shut down.
package struct EmbeddedAPIServer: Service {
    /// The port that is bound, also when 0 was asked for.
    package let port: Int
    /// `STATE/kubeconfig`, mode 0600.
    package let kubeconfigPath: String
    /// `https://ADDRESS:PORT`, as the kubeconfig says it.
    package let url: String
    private let server: HTTPServer
    private let responder: APIResponder

    /// Throws, with what was tried and on which file or address, when anything cannot be prepared.
    package init(configuration: EmbeddedAPIConfiguration, logger: Logger) throws {
        let folder = configuration.stateDirectory
        try AtomicFile.makeFolder(folder)
        let store = try ObjectStore(path: folder + "/api.sqlite")
        let authority = try CertificateAuthority(storedAs: folder + "/api-ca")
        let identity = try authority.issueServerIdentity(
            names: [configuration.listenHost, "127.0.0.1", "::1", "localhost"]
                + [configuration.nodeName] + configuration.internalIPs)
        let token = try loadToken(folder: folder)
        var serving = HTTPServerConfiguration(
            endpoint: .tcp(host: configuration.listenHost, port: configuration.listenPort),
            tls: identity)
        serving.refuse = { refusal in
            APIError(refusal.status, refusal.message).response
        }
        let responder = APIResponder(store: store, token: token, logger: logger)
        self.responder = responder
        server = try HTTPServer(configuration: serving) { await responder.respond($0) }
        port = server.port ?? configuration.listenPort
        let host = configuration.advertisedHost
        url = "https://\(host.contains(":") ? "[\(host)]" : host):\(port)"
        kubeconfigPath = folder + "/kubeconfig"
        let kubeconfig = kubeconfig(
            server: url, certificateAuthorityPEM: try authority.certificatePEM, token: token)
        try AtomicFile.write(Array(kubeconfig.utf8), to: kubeconfigPath)
    }

    var store: ObjectStore { responder.store }

    /// Returns once every response has ended and the database is closed.
    package func run() async throws {
        try await store.use {
            try await makeNamespaces()
            responder.logger.info("embedded API serves", metadata: ["url": "\(url)"])
            try await server.run()
        }
    }

    /// The namespaces that are always there.
    private func makeNamespaces() async throws {
        let writes = Writes(
            store: store, target: try RequestTarget(["api", "v1", "namespaces"]),
            options: WriteOptions())
        for name in ["default", "herald-system", "kube-system"] {
            do {
                _ = try await writes.create(Document(value: ["metadata": ["name": .string(name)]]))
            } catch let error as APIError where error.code == 409 {
                continue  // It is there already.
            }
        }
    }
}
