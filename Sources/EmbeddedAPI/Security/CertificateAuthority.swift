import Addressing
import Crypto
import FoundationEssentials
import SwiftASN1
import X509

/// The certificate authority of one state folder: what clients trust.
struct CertificateAuthority: Sendable {
    private static let lifetimeDays = 3_650
    private static let serverLifetimeDays = 365

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
            notValidAfter: .now.addingTimeInterval(Double(Self.lifetimeDays) * secondsPerDay),
            issuer: name, subject: name, signatureAlgorithm: .ecdsaWithSHA256,
            extensions: try Certificate.Extensions {
                Critical(BasicConstraints.isCertificateAuthority(maxPathLength: 0))
                Critical(KeyUsage(digitalSignature: true, keyCertSign: true))
                SubjectKeyIdentifier(hash: publicKey)
            }, issuerPrivateKey: .init(key))
        // The key first: without its key a certificate would be of no use and never replaced.
        try PrivateFile.write(key.pemRepresentation, to: keyPath)
        try PrivateFile.write(try certificate.serializeAsPEM().pemString, to: certificatePath)
    }

    var certificatePEM: String {
        get throws { try certificate.serializeAsPEM().pemString }
    }

    /// A certificate for `key` that is good for these names and addresses.
    func serverCertificate(
        for key: P256.Signing.PrivateKey, names: CertificateNames
    ) throws -> Certificate {
        try Certificate(
            version: .v3, serialNumber: .init(),
            publicKey: Certificate.PrivateKey(key).publicKey,
            notValidBefore: .now.addingTimeInterval(-secondsPerDay),
            notValidAfter: .now.addingTimeInterval(
                Double(Self.serverLifetimeDays) * secondsPerDay),
            issuer: certificate.subject, subject: try DistinguishedName { CommonName("herald") },
            signatureAlgorithm: .ecdsaWithSHA256,
            extensions: try Certificate.Extensions {
                Critical(BasicConstraints.notCertificateAuthority)
                Critical(KeyUsage(digitalSignature: true))
                try ExtendedKeyUsage([.serverAuth])
                names.extensionValue
                AuthorityKeyIdentifier(
                    keyIdentifier: try certificate.extensions.subjectKeyIdentifier?.keyIdentifier)
            }, issuerPrivateKey: .init(self.key))
    }

    /// Whether this authority signed `other`.
    func signed(_ other: Certificate) -> Bool {
        certificate.publicKey.isValidSignature(other.signature, for: other)
    }
}

let secondsPerDay: Double = 86_400

/// What a server's certificate is good for: DNS names and addresses, sorted.
struct CertificateNames: Hashable, Sendable {
    let names: [String]
    let addresses: [IPAddress]

    /// Names that are no DNS names are left out; wildcard addresses are nobody's.
    init(_ texts: [String]) {
        let addresses = texts.compactMap { try? IPAddress($0) }.filter { $0.bits != 0 }
        self.addresses = Set(addresses).sorted()
        let names = texts.filter {
            (try? IPAddress($0)) == nil && dns1123SubdomainProblem($0.lowercased()) == nil
        }
        self.names = Set(names.map { $0.lowercased() }).sorted()
    }

    var extensionValue: SubjectAlternativeNames {
        SubjectAlternativeNames(
            names.map { .dnsName($0) }
                + addresses.map { address in
                    let count = address.family.bitWidth / 8
                    let bytes = (0..<count).map { index in
                        UInt8(truncatingIfNeeded: address.bits >> (8 * (count - 1 - index)))
                    }
                    return .ipAddress(ASN1OctetString(contentBytes: bytes[...]))
                })
    }
}
