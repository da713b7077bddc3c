import NIOSSL
import Synchronization

/// The authority and the client certificate of files that are replaced while the client runs.
///
/// Chain and key are replaced one after the other, so between the two they do not belong together:
/// until they do again, the last pair that did is used. An authority that is none, or a file that
/// is away, changes nothing either.
final class CertificateFiles: Sendable {
    private struct State {
        /// With what was last read and is used.
        var access: ClusterAccess
        /// Nil while the files are those that the client began with.
        var configuration: TLSConfiguration?
        /// What the files were like when they were last read.
        var stamps: [FileStamp?] = []
        /// What is wrong with the files of each part, which was said.
        var problems: [Part: String] = [:]
    }

    private enum Part: String {
        case authority = "certificate-authority"
        case pair = "client-certificate"
    }

    private let paths: [String]
    private let note: @Sendable (CertificateNote) -> Void
    private let state: Mutex<State>

    /// Nil when no file is named.
    ///
    /// - Parameter note: told of each change once; must not wait.
    init?(_ access: ClusterAccess, note: @escaping @Sendable (CertificateNote) -> Void = { _ in }) {
        paths = [
            access.certificateAuthorityFile, access.clientCertificate?.chainFile,
            access.clientCertificate?.keyFile,
        ].compactMap { $0 }
        guard !paths.isEmpty else { return nil }
        self.note = note
        state = Mutex(State(access: access))
    }

    /// What to ask with now; no configuration: as the client began. Reads what has changed.
    func current() -> (access: ClusterAccess, configuration: TLSConfiguration?) {
        state.withLock { state in
            let stamps = paths.map { FileStamp($0) }
            if stamps != state.stamps {
                state.stamps = stamps
                takeIn(&state)
            }
            return (state.access, state.configuration)
        }
    }

    private func takeIn(_ state: inout State) {
        let before = state.access
        take(.authority, into: &state) { access throws(KubeconfigError) in
            guard let file = access.certificateAuthorityFile else { return }
            let authority = try FileBytes.read(file, for: "file")
            // Else the system's roots would take its place.
            guard !authority.isEmpty else { throw KubeconfigError("file \(file)", "is empty") }
            access.certificateAuthority = authority
            _ = try access.tlsConfiguration()
        }
        take(.pair, into: &state) { access throws(KubeconfigError) in
            guard let pair = try access.clientCertificate?.readAgain() else { return }
            access.clientCertificate = pair
            try access.checkPair()
        }
        guard state.access != before else { return }
        // Both parts were taken, so both are right.
        state.configuration = try? state.access.tlsConfiguration()
    }

    /// Lets `read` change a copy, which is taken when it does not throw.
    private func take(
        _ part: Part, into state: inout State,
        _ read: (inout ClusterAccess) throws(KubeconfigError) -> Void
    ) {
        var found = state.access
        do {
            try read(&found)
        } catch {
            let problem = error.description
            if state.problems.updateValue(problem, forKey: part) != problem {
                note(.refused(problem))
            }
            return
        }
        state.problems[part] = nil
        guard found != state.access else { return }
        state.access = found
        note(.taken(part.rawValue))
    }
}

/// What became of certificate files that were replaced, for people.
package enum CertificateNote: Hashable, Sendable {
    /// Used from now on: the field of the kubeconfig that names the file.
    case taken(String)
    /// Not used, and why; what was read before stays in use.
    case refused(String)
}

extension ClusterAccess {
    /// Throws when the client's key is not that of its certificate.
    fileprivate func checkPair() throws(KubeconfigError) {
        let configuration = try tlsConfiguration()
        do {
            _ = try NIOSSLContext(configuration: configuration)
        } catch {
            throw KubeconfigError(
                "for \(server)", "client-key is not the key of client-certificate (\(error))")
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
