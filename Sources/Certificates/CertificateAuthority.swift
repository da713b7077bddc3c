import Addressing
import Crypto
import Files
import FoundationEssentials
import HTTPServing
import Naming
import SwiftASN1
import X509

/// A certificate authority of our own, kept in two files: what clients trust.
package struct CertificateAuthority: Sendable {
    private static let lifetime: Double = 3_650 * secondsPerDay
    private static let secondsPerDay: Double = 86_400

    package let certificate: Certificate
    private let key: P256.Signing.PrivateKey

    /// Loads `PREFIX.crt` and `PREFIX.key`, or makes them (0600).
    ///
    /// Throws what cannot be read, written or understood; what is there is never replaced.
    package init(storedAs prefix: String) throws {
        let (certificatePath, keyPath) = (prefix + ".crt", prefix + ".key")
        if let certificatePEM = try AtomicFile.read(certificatePath),
            let keyPEM = try AtomicFile.read(keyPath)
        {
            certificate = try Certificate(
                pemEncoded: String(decoding: certificatePEM, as: UTF8.self))
            key = try .init(pemRepresentation: String(decoding: keyPEM, as: UTF8.self))
            return
        }
        key = P256.Signing.PrivateKey()
        let name = try DistinguishedName { CommonName("herald-ca") }
        let publicKey = Certificate.PrivateKey(key).publicKey
        certificate = try Certificate(
            version: .v3, serialNumber: .init(), publicKey: publicKey,
            notValidBefore: .now.addingTimeInterval(-Self.secondsPerDay),
            notValidAfter: .now.addingTimeInterval(Self.lifetime),
            issuer: name, subject: name, signatureAlgorithm: .ecdsaWithSHA256,
            extensions: try Certificate.Extensions {
                Critical(BasicConstraints.isCertificateAuthority(maxPathLength: 0))
                Critical(KeyUsage(digitalSignature: true, keyCertSign: true))
                SubjectKeyIdentifier(hash: publicKey)
            }, issuerPrivateKey: .init(key))
        // The key first: without its key a certificate would be of no use and never replaced.
        try AtomicFile.write(Array(key.pemRepresentation.utf8), to: keyPath)
        try AtomicFile.write(Array(try certificatePEM.utf8), to: certificatePath)
    }

    package var certificatePEM: String {
        get throws { try certificate.serializeAsPEM().pemString }
    }

    /// A new key, and a certificate for it that is good for these names as long as the authority.
    ///
    /// Made at each start and nowhere kept: clients trust the authority alone.
    /// What is neither an address nor a DNS name is left out; wildcard addresses are nobody's.
    package func issueServerIdentity(names: [String]) throws -> TLSIdentity {
        let key = P256.Signing.PrivateKey()
        let issued = try Certificate(
            version: .v3, serialNumber: .init(),
            publicKey: Certificate.PrivateKey(key).publicKey,
            notValidBefore: .now.addingTimeInterval(-Self.secondsPerDay),
            notValidAfter: certificate.notValidAfter,
            issuer: certificate.subject, subject: try DistinguishedName { CommonName("herald") },
            signatureAlgorithm: .ecdsaWithSHA256,
            extensions: try Certificate.Extensions {
                Critical(BasicConstraints.notCertificateAuthority)
                Critical(KeyUsage(digitalSignature: true))
                try ExtendedKeyUsage([.serverAuth])
                SubjectAlternativeNames(
                    Set(names.map { $0.lowercased() }).sorted().compactMap(GeneralName.init))
                AuthorityKeyIdentifier(
                    keyIdentifier: try certificate.extensions.subjectKeyIdentifier?.keyIdentifier)
            }, issuerPrivateKey: .init(self.key))
        return TLSIdentity(
            certificateChainPEM: try issued.serializeAsPEM().pemString,
            privateKeyPEM: key.pemRepresentation)
    }
}

extension GeneralName {
    fileprivate init?(_ text: String) {
        if let address = try? IPAddress(text) {
            guard address.bits != 0 else { return nil }
            let octets = stride(from: address.family.bitWidth - 8, through: 0, by: -8).map {
                UInt8(truncatingIfNeeded: address.bits >> UInt128($0))
            }
            self = .ipAddress(ASN1OctetString(contentBytes: octets[...]))
        } else {
            guard dns1123SubdomainProblem(text) == nil else { return nil }
            self = .dnsName(text)
        }
    }
}
