import FoundationEssentials
import NIOSSL

extension ClusterAccess {
    /// The URL to ask for and where its host name really leads.
    ///
    /// A `tlsServerName` takes the place of the URL's host, so that the certificate is checked
    /// against it, and the name is resolved to that host.
    func endpoint() throws(KubeconfigError) -> (url: String, resolution: [String: String]) {
        guard let tlsServerName else { return (server, [:]) }
        guard var components = URLComponents(string: server), let host = components.host else {
            throw KubeconfigError("for \(server)", "the server is not a URL")
        }
        components.host = tlsServerName
        guard let url = components.string else {
            throw KubeconfigError("for \(server)", "\"\(tlsServerName)\" is not a host name")
        }
        let address = host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host
        return (url, [tlsServerName: address])
    }

    /// Certificates and keys as NIOSSL takes them.
    ///
    /// - Parameter given: a client certificate that takes the place of this one's own.
    func tlsConfiguration(
        clientCertificate given: ClientCertificate? = nil
    ) throws(KubeconfigError) -> TLSConfiguration {
        var configuration = TLSConfiguration.makeClientConfiguration()
        if !certificateAuthority.isEmpty {
            let roots = try certificates(certificateAuthority, "certificate-authority")
            configuration.trustRoots = .certificates(roots)
        }
        if skipsTLSVerification { configuration.certificateVerification = .none }
        if let clientCertificate = given ?? clientCertificate {
            let chain = try certificates(clientCertificate.chain, "client-certificate")
            configuration.certificateChain = chain.map { .certificate($0) }
            configuration.privateKey = .privateKey(try privateKey(clientCertificate.key))
        }
        return configuration
    }

    private func certificates(
        _ pem: [UInt8], _ field: String
    ) throws(KubeconfigError) -> [NIOSSLCertificate] {
        do {
            let found = try NIOSSLCertificate.fromPEMBytes(pem)
            guard !found.isEmpty else { throw NIOSSLError.failedToLoadCertificate }
            return found
        } catch {
            throw KubeconfigError("for \(server)", "\(field) holds no PEM certificate (\(error))")
        }
    }

    private func privateKey(_ pem: [UInt8]) throws(KubeconfigError) -> NIOSSLPrivateKey {
        do {
            return try NIOSSLPrivateKey(bytes: pem, format: .pem)
        } catch {
            throw KubeconfigError("for \(server)", "client-key holds no PEM key (\(error))")
        }
    }
}

extension ClusterAccess.Authorization {
    /// The value of the Authorization header, nil for none and for what a plugin is asked for; reads
    /// the token file.
    func header() throws(KubeconfigError) -> String? {
        switch self {
        case .none, .plugin: return nil
        case .token(let token): return "Bearer \(token)"
        case .tokenFile(let path): return "Bearer \(try Self.token(path: path))"
        case .basic(let user, let password):
            return "Basic \(Data("\(user):\(password)".utf8).base64EncodedString())"
        }
    }

    private static func token(path: String) throws(KubeconfigError) -> String {
        let bytes = try FileBytes.read(path, for: "token file")
        let token = String(decoding: bytes, as: UTF8.self)
        let trimmed = token.split(whereSeparator: \.isWhitespace)
        guard trimmed.count == 1, let token = trimmed.first else {
            throw KubeconfigError("token file \(path)", "does not hold one token")
        }
        return String(token)
    }
}

/// Small files that a kubeconfig names.
enum FileBytes {
    static func read(_ path: String, for purpose: String) throws(KubeconfigError) -> [UInt8] {
        do {
            return [UInt8](try Data(contentsOf: URL(filePath: path)))
        } catch {
            throw KubeconfigError("\(purpose) \(path)", "cannot be read: \(error)")
        }
    }
}
