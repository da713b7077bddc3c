import NIOSSL
import Synchronization

/// The TLS context of the identity that is current, built again only when the identity changed.
final class TLSContexts: Sendable {
    private let identity: @Sendable () throws -> TLSIdentity
    private let built = Mutex<(identity: TLSIdentity, context: NIOSSLContext)?>(nil)

    init(identity: @escaping @Sendable () throws -> TLSIdentity) {
        self.identity = identity
    }

    func current() throws -> NIOSSLContext {
        let identity = try identity()
        return try built.withLock { built in
            if let built, built.identity == identity { return built.context }
            let chain = try NIOSSLCertificate.fromPEMBytes(
                Array(identity.certificateChainPEM.utf8))
            let key = try NIOSSLPrivateKey(
                bytes: Array(identity.privateKeyPEM.utf8), format: .pem)
            var configuration = TLSConfiguration.makeServerConfiguration(
                certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
            configuration.minimumTLSVersion = .tlsv12
            configuration.applicationProtocols = ["http/1.1"]
            let context = try NIOSSLContext(configuration: configuration)
            built = (identity, context)
            return context
        }
    }
}
