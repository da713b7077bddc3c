import NIOSSL

/// Where and how one server serves.
package struct HTTPServerConfiguration: Sendable {
    package enum Endpoint: Sendable, Hashable {
        /// `host` is an address, not a name; port 0 lets the kernel choose.
        case tcp(host: String, port: Int)
        /// A stream socket of mode 0660; a stale file of a dead server is replaced.
        case unixSocket(path: String)
    }

    package var endpoint: Endpoint
    package var tls: TLSIdentity?
    package var limits = HTTPLimits()
    /// Words the answer to a request that never reached `respond`; plain text unless set.
    package var refuse: @Sendable (HTTPRefusal) -> HTTPResponse = {
        HTTPResponse(status: $0.status, text: $0.message + "\n")
    }

    package init(endpoint: Endpoint, tls: TLSIdentity? = nil) {
        self.endpoint = endpoint
        self.tls = tls
    }
}

/// A certificate chain (leaf first) and its private key, each PEM: what a server shows of itself.
package struct TLSIdentity: Sendable, Hashable {
    package let certificateChainPEM: String
    package let privateKeyPEM: String

    package init(certificateChainPEM: String, privateKeyPEM: String) {
        self.certificateChainPEM = certificateChainPEM
        self.privateKeyPEM = privateKeyPEM
    }

    func context() throws -> NIOSSLContext {
        let chain = try NIOSSLCertificate.fromPEMBytes(Array(certificateChainPEM.utf8))
        let key = try NIOSSLPrivateKey(bytes: Array(privateKeyPEM.utf8), format: .pem)
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
        configuration.minimumTLSVersion = .tlsv12
        configuration.applicationProtocols = ["http/1.1"]
        return try NIOSSLContext(configuration: configuration)
    }
}
