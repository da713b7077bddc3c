/// Where and how one server serves.
package struct HTTPServerConfiguration: Sendable {
    package enum Endpoint: Sendable, Hashable {
        /// `host` is an address, not a name; port 0 lets the kernel choose.
        case tcp(host: String, port: Int)
        /// A stream socket of mode 0660; a stale file of a dead server is replaced.
        case unixSocket(path: String)
    }

    package var endpoint: Endpoint
    /// Called for each new connection, so that a renewed certificate is used without a restart.
    package var tls: (@Sendable () throws -> TLSIdentity)?
    package var limits = HTTPLimits()
    /// Words the answer to a request that never reached `respond`; plain text unless set.
    package var refuse: @Sendable (HTTPRefusal) -> HTTPResponse = {
        HTTPResponse(status: $0.status, text: $0.message + "\n")
    }

    package init(endpoint: Endpoint, tls: (@Sendable () throws -> TLSIdentity)? = nil) {
        self.endpoint = endpoint
        self.tls = tls
    }
}

/// A certificate chain (leaf first) and its private key, each PEM.
package struct TLSIdentity: Sendable, Hashable {
    package let certificateChainPEM: String
    package let privateKeyPEM: String

    package init(certificateChainPEM: String, privateKeyPEM: String) {
        self.certificateChainPEM = certificateChainPEM
        self.privateKeyPEM = privateKeyPEM
    }
}
