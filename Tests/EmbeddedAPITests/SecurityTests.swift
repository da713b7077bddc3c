import Addressing
import Crypto
import Files
import Foundation
import HTTPServing
import Laboratory
import SwiftASN1
import Testing
import X509

@testable import EmbeddedAPI

@Suite struct SecurityTests {
    static let names = ["0.0.0.0", "N1", "127.0.0.1", "::1", "2001:db8::1", "Bad_Name"]

    @Test func namesAreSortedAndWildcardsLeftOut() async throws {
        try await withFolder { folder in
            let authority = try CertificateAuthority(folder: folder)
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
    }

    @Test func theAuthorityIsKeptAndTheServersKeyIsNot() async throws {
        try await withFolder { folder in
            let first = try CertificateAuthority(folder: folder)
            let again = try CertificateAuthority(folder: folder)
            #expect(first.certificate == again.certificate)
            let identity = try again.issueServerIdentity(names: Self.names)
            let issued = try Certificate(pemEncoded: identity.certificateChainPEM)
            #expect(issued.notValidAfter == first.certificate.notValidAfter)
            let files = try FileManager.default.contentsOfDirectory(atPath: folder)
            #expect(files.sorted() == ["api-ca.crt", "api-ca.key"])
            try AtomicFile.write(Array("garbage".utf8), to: folder + "/api-ca.key")
            #expect(throws: (any Error).self) { try CertificateAuthority(folder: folder) }
        }
    }

    @Test func opensslAcceptsTheChain() async throws {
        try await withFolder { folder in
            let authority = try CertificateAuthority(folder: folder)
            let identity = try authority.issueServerIdentity(names: Self.names)
            try AtomicFile.write(
                Array(identity.certificateChainPEM.utf8), to: folder + "/server.crt")
            for check in [
                ["-verify_ip", "2001:db8::1"], ["-verify_ip", "127.0.0.1"],
                ["-verify_hostname", "n1"],
            ] {
                let command = try await Command.runAside(
                    "openssl",
                    [
                        "verify", "-x509_strict", "-purpose", "sslserver", "-CAfile",
                        folder + "/api-ca.crt",
                    ]
                        + check + [folder + "/server.crt"])
                #expect(command.succeeded, "\(check): \(command.errorOutput)")
            }
        }
    }

    @Test func theTokenStays() async throws {
        try await withFolder { folder in
            let token = try loadToken(folder: folder)
            #expect(token.count == 64)
            #expect(try loadToken(folder: folder) == token)
        }
    }
}
