import Addressing
import Crypto
import FoundationEssentials
import HTTPServing
import SwiftASN1
import Synchronization
import X509

private let secondsPerDay: Double = 86_400

/// The certificate authority of one state folder: what clients trust.
struct CertificateAuthority: Sendable {
    private static let lifetimeDays: Double = 3_650
    private static let serverLifetimeDays: Double = 365

    let certificate: Certificate
    private let key: P256.Signing.PrivateKey

    /// Loads `api-ca.crt` and `api-ca.key`, or makes them.
    init(folder: String) throws {
        let (certificatePath, keyPath) = (folder + "/api-ca.crt", folder + "/api-ca.key")
        if let certificatePEM = try PrivateFile.read(certificatePath),
            let keyPEM = try PrivateFile.read(keyPath)
        {
            certificate = try Certificate(pemEncoded: certificatePEM)
            key = try P256.Signing.PrivateKey(pemRepresentation: keyPEM)
            return
        }
        key = P256.Signing.PrivateKey()
        let name = try DistinguishedName { CommonName("herald-ca") }
        let publicKey = Certificate.PrivateKey(key).publicKey
        certificate = try Certificate(
            version: .v3, serialNumber: .init(), publicKey: publicKey,
            notValidBefore: .now.addingTimeInterval(-secondsPerDay),
            notValidAfter: .now.addingTimeInterval(Self.lifetimeDays * secondsPerDay),
            issuer: name, subject: name, signatureAlgorithm: .ecdsaWithSHA256,
            extensions: try Certificate.Extensions {
                Critical(BasicConstraints.isCertificateAuthority(maxPathLength: 0))
                Critical(KeyUsage(digitalSignature: true, keyCertSign: true))
                SubjectKeyIdentifier(hash: publicKey)
            }, issuerPrivateKey: .init(key))
        // The key first: without its key a certificate would be of no use and never replaced.
        try PrivateFile.write(key.pemRepresentation, to: keyPath)
        try PrivateFile.write(try certificatePEM, to: certificatePath)
    }

    var certificatePEM: String {
        get throws { try certificate.serializeAsPEM().pemString }
    }

    /// A new key and a certificate for it that is good for these names and addresses from `now` on.
    func issue(
        _ names: [GeneralName], now: Date
    ) throws -> (identity: TLSIdentity, end: Date) {
        let key = P256.Signing.PrivateKey()
        let end = now.addingTimeInterval(Self.serverLifetimeDays * secondsPerDay)
        let issued = try Certificate(
            version: .v3, serialNumber: .init(),
            publicKey: Certificate.PrivateKey(key).publicKey,
            notValidBefore: now.addingTimeInterval(-secondsPerDay), notValidAfter: end,
            issuer: certificate.subject, subject: try DistinguishedName { CommonName("herald") },
            signatureAlgorithm: .ecdsaWithSHA256,
            extensions: try Certificate.Extensions {
                Critical(BasicConstraints.notCertificateAuthority)
                Critical(KeyUsage(digitalSignature: true))
                try ExtendedKeyUsage([.serverAuth])
                SubjectAlternativeNames(names)
                AuthorityKeyIdentifier(
                    keyIdentifier: try certificate.extensions.subjectKeyIdentifier?.keyIdentifier)
            }, issuerPrivateKey: .init(self.key))
        let identity = TLSIdentity(
            certificateChainPEM: try issued.serializeAsPEM().pemString,
            privateKeyPEM: key.pemRepresentation)
        return (identity, end)
    }
}

/// The server's certificate and key: made at each start, and anew before they end.
///
/// Clients trust the authority alone, so nothing of it is kept on disk.
final class ServerIdentity: Sendable {
    /// This long before its end a certificate is replaced.
    private static let renewBeforeDays: Double = 30

    private let authority: CertificateAuthority
    private let names: [GeneralName]
    private let issued: Mutex<(identity: TLSIdentity, end: Date)>

    /// Names that are no DNS names are left out; wildcard addresses are nobody's.
    init(authority: CertificateAuthority, names: [String], now: Date = .now) throws {
        self.authority = authority
        self.names = Set(names.map { $0.lowercased() }).sorted().compactMap { name in
            if let address = try? IPAddress(name) {
                return address.bits == 0 ? nil : .ipAddress(address.octets)
            }
            return dns1123SubdomainProblem(name) == nil ? .dnsName(name) : nil
        }
        issued = Mutex(try authority.issue(self.names, now: now))
    }

    /// What to serve now.
    func current(now: Date = .now) throws -> TLSIdentity {
        try issued.withLock { issued in
            if now > issued.end.addingTimeInterval(-Self.renewBeforeDays * secondsPerDay) {
                issued = try authority.issue(names, now: now)
            }
            return issued.identity
        }
    }
}

extension IPAddress {
    /// In network byte order, as certificates have it.
    fileprivate var octets: ASN1OctetString {
        let bytes = stride(from: family.bitWidth - 8, through: 0, by: -8).map {
            UInt8(truncatingIfNeeded: bits >> UInt128($0))
        }
        return ASN1OctetString(contentBytes: bytes[...])
    }
}
