import Certificates
import Files
import Foundation
import HTTPServing
import Laboratory
import SwiftASN1
import Testing
import X509

@Suite struct CertificateAuthorityTests {
    static let names = ["0.0.0.0", "N1", "127.0.0.1", "::1", "2001:db8::1", "Bad_Name"]

    @Test func namesAreSortedAndWildcardsLeftOut() async throws {
        let folder = try TemporaryFolder()
        let authority = try CertificateAuthority(storedAs: folder.path("api-ca"))
        let pem = try authority.issueServerIdentity(names: Self.names).certificateChainPEM
        let names = try Certificate(pemEncoded: pem).extensions.subjectAlternativeNames
        let loopback = [UInt8](repeating: 0, count: 15) + [1]
        let documentation = [0x20, 0x01, 0x0D, 0xB8] + loopback.dropFirst(4)
        #expect(
            names.map(Array.init) == [
                .ipAddress(ASN1OctetString(contentBytes: [127, 0, 0, 1])),
                .ipAddress(ASN1OctetString(contentBytes: documentation[...])),
                .ipAddress(ASN1OctetString(contentBytes: loopback[...])), .dnsName("n1"),
            ])
    }

    @Test func theAuthorityIsKeptAndTheServersKeyIsNot() async throws {
        let folder = try TemporaryFolder()
        let first = try CertificateAuthority(storedAs: folder.path("api-ca"))
        let again = try CertificateAuthority(storedAs: folder.path("api-ca"))
        #expect(first.certificate == again.certificate)
        let identity = try again.issueServerIdentity(names: Self.names)
        let issued = try Certificate(pemEncoded: identity.certificateChainPEM)
        #expect(issued.notValidAfter == first.certificate.notValidAfter)
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.url.path)
        #expect(files.sorted() == ["api-ca.crt", "api-ca.key"])
        try AtomicFile.write(Array("garbage".utf8), to: folder.path("api-ca.key"))
        #expect(throws: (any Error).self) {
            try CertificateAuthority(storedAs: folder.path("api-ca"))
        }
    }

    @Test func opensslAcceptsTheChain() async throws {
        let folder = try TemporaryFolder()
        let authority = try CertificateAuthority(storedAs: folder.path("api-ca"))
        let identity = try authority.issueServerIdentity(names: Self.names)
        try AtomicFile.write(
            Array(identity.certificateChainPEM.utf8), to: folder.path("server.crt"))
        for check in [
            ["-verify_ip", "2001:db8::1"], ["-verify_ip", "127.0.0.1"],
            ["-verify_hostname", "n1"],
        ] {
            let command = try await Command.runAside(
                "openssl",
                [
                    "verify", "-x509_strict", "-purpose", "sslserver", "-CAfile",
                    folder.path("api-ca.crt"),
                ]
                    + check + [folder.path("server.crt")])
            #expect(command.succeeded, "\(check): \(command.errorOutput)")
        }
    }
}
