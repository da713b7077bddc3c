import NIOSSL
import Synchronization

/// The client certificate of files that are replaced while the client runs.
///
/// Chain and key are replaced one after the other, so between the two they do not belong together:
/// until they do again, the last pair that did is used.
final class CertificateFiles: Sendable {
    private struct State {
        var current: ClusterAccess.ClientCertificate
        /// Nil while the files are those that the client began with.
        var configuration: TLSConfiguration?
        /// What the files held when it was no pair.
        var refused: ClusterAccess.ClientCertificate?
    }

    private let access: ClusterAccess
    private let state: Mutex<State>

    /// Nil when no file is named.
    init?(_ access: ClusterAccess) {
        guard let certificate = access.clientCertificate,
            certificate.chainFile != nil || certificate.keyFile != nil
        else { return nil }
        self.access = access
        state = Mutex(State(current: certificate))
    }

    /// What to ask with now; nil: as the client began.
    func configuration() -> TLSConfiguration? {
        state.withLock { state in
            // A file that is away for a moment is being replaced.
            guard let found = try? state.current.readAgain(), found != state.current,
                found != state.refused
            else { return state.configuration }
            do {
                let new = try access.tlsConfiguration(clientCertificate: found)
                _ = try NIOSSLContext(configuration: new)
                state = State(current: found, configuration: new)
            } catch {
                state.refused = found
            }
            return state.configuration
        }
    }
}

extension ClusterAccess.ClientCertificate {
    /// The same with what its files hold now.
    fileprivate func readAgain() throws(KubeconfigError) -> ClusterAccess.ClientCertificate {
        var found = self
        if let chainFile { found.chain = try FileBytes.read(chainFile, for: "file") }
        if let keyFile { found.key = try FileBytes.read(keyFile, for: "file") }
        return found
    }
}
