import Crypto
import FoundationEssentials
import HTTPServing
import Logging
import SwiftASN1
import Synchronization
import X509

/// The server's certificate and key, renewed before they end also while the server runs.
final class ServerIdentity: Sendable {
    /// This long before its end a certificate is replaced.
    static let renewBeforeDays: Double = 30

    private struct Issued: Sendable {
        let identity: TLSIdentity
        let renewAt: Date
        let endsAt: Date
    }

    private let authority: CertificateAuthority
    private let names: CertificateNames
    private let certificatePath: String
    private let keyPath: String
    private let logger: Logger
    private let issued: Mutex<Issued?>
    /// Why the certificate could last not be renewed, so that it is said once.
    private let renewalError = Mutex("")

    init(
        folder: String, authority: CertificateAuthority, names: CertificateNames,
        logger: Logger = Logger(label: "api"), now: Date = .now
    ) throws {
        self.authority = authority
        self.names = names
        self.logger = logger
        certificatePath = folder + "/api-server.crt"
        keyPath = folder + "/api-server.key"
        issued = Mutex(nil)
        _ = try current(now: now)
    }

    /// What to serve now: as stored while that fits, else newly made and stored.
    ///
    /// Throws when no new one can be stored and the old one, if any, has ended.
    func current(now: Date = .now) throws -> TLSIdentity {
        try issued.withLock { issued in
            let held = try issued ?? stored(now)
            if let held, now < held.renewAt {
                issued = held
                return held.identity
            }
            do {
                let fresh = try renewed()
                issued = fresh
                return fresh.identity
            } catch {
                // Better the old one for its last days than none.
                guard let held, now < held.endsAt else { throw error }
                complain("\(error)", held)
                issued = held
                return held.identity
            }
        }
    }

    private func complain(_ error: String, _ held: Issued) {
        let isNew = renewalError.withLock { last in
            defer { last = error }
            return last != error
        }
        guard isNew else { return }
        logger.error(
            "the server's certificate cannot be renewed: the old one is served until its end",
            metadata: ["error": "\(error)", "end": "\(held.endsAt)"])
    }

    /// The stored identity while it is valid; nil when it is missing, damaged or not ours.
    private func stored(_ now: Date) throws -> Issued? {
        guard let certificatePEM = try PrivateFile.read(certificatePath),
            let keyPEM = try PrivateFile.read(keyPath),
            let certificate = try? Certificate(pemEncoded: certificatePEM),
            let key = try? P256.Signing.PrivateKey(pemRepresentation: keyPEM),
            certificate.publicKey == Certificate.PrivateKey(key).publicKey,
            try certificate.extensions.subjectAlternativeNames == names.extensionValue,
            authority.signed(certificate), now < certificate.notValidAfter
        else { return nil }
        return Issued(
            identity: TLSIdentity(certificateChainPEM: certificatePEM, privateKeyPEM: keyPEM),
            renewAt: renewal(of: certificate), endsAt: certificate.notValidAfter)
    }

    private func renewed() throws -> Issued {
        let key = P256.Signing.PrivateKey()
        let certificate = try authority.serverCertificate(for: key, names: names)
        let certificatePEM = try certificate.serializeAsPEM().pemString
        try PrivateFile.write(key.pemRepresentation, to: keyPath)
        try PrivateFile.write(certificatePEM, to: certificatePath)
        return Issued(
            identity: TLSIdentity(
                certificateChainPEM: certificatePEM, privateKeyPEM: key.pemRepresentation),
            renewAt: renewal(of: certificate), endsAt: certificate.notValidAfter)
    }

    private func renewal(of certificate: Certificate) -> Date {
        certificate.notValidAfter.addingTimeInterval(-Self.renewBeforeDays * secondsPerDay)
    }
}
