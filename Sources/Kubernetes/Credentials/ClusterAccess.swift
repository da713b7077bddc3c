/// A server and the credentials for it: all that a client needs to know.
package struct ClusterAccess: Hashable, Sendable {
    /// `https://host:port`, perhaps with a path, without a slash at the end.
    package var server: String
    /// The name to expect in the server's certificate when it is not the URL's host.
    package var tlsServerName: String?
    /// PEM; empty means the system's roots.
    package var certificateAuthority: [UInt8]
    /// Where it comes from and is read again, for an authority is replaced as well; nil: from the
    /// kubeconfig itself.
    package var certificateAuthorityFile: String?
    /// The server's certificate is not checked: anybody on the way can read and change everything.
    package var skipsTLSVerification: Bool
    package var authorization: Authorization
    package var clientCertificate: ClientCertificate?

    /// What the Authorization header is made of.
    package enum Authorization: Hashable, Sendable {
        case none
        case token(String)
        /// Read anew for each request, for such tokens are replaced on disk before they expire.
        case tokenFile(String)
        case basic(user: String, password: String)
        /// A program is asked for them.
        case plugin(ExecPlugin)
    }

    /// A client certificate chain and its key, both PEM.
    package struct ClientCertificate: Hashable, Sendable {
        package var chain: [UInt8]
        package var key: [UInt8]
        /// Where they come from and are read again, for such files are replaced before the
        /// certificate expires; nil: from the kubeconfig itself.
        package var chainFile: String?
        package var keyFile: String?

        package init(
            chain: [UInt8], key: [UInt8], chainFile: String? = nil, keyFile: String? = nil
        ) {
            self.chain = chain
            self.key = key
            self.chainFile = chainFile
            self.keyFile = keyFile
        }
    }

    /// Nothing shows that the server is the one that is meant: TLS unchecked, or none at all.
    package var isUnverified: Bool { skipsTLSVerification || server.hasPrefix("http://") }

    package init(
        server: String, tlsServerName: String? = nil, certificateAuthority: [UInt8] = [],
        certificateAuthorityFile: String? = nil, skipsTLSVerification: Bool = false,
        authorization: Authorization = .none, clientCertificate: ClientCertificate? = nil
    ) {
        self.server = server
        self.tlsServerName = tlsServerName
        self.certificateAuthority = certificateAuthority
        self.certificateAuthorityFile = certificateAuthorityFile
        self.skipsTLSVerification = skipsTLSVerification
        self.authorization = authorization
        self.clientCertificate = clientCertificate
    }
}
