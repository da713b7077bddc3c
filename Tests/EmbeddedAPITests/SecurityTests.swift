import Addressing
import Crypto
import Foundation
import HTTPServing
import Laboratory
import SwiftASN1
import Testing
import X509

@testable import EmbeddedAPI

@Suite struct SecurityTests {
    static let names = CertificateNames([
        "0.0.0.0", "n1", "127.0.0.1", "::1", "2001:db8::1", "Bad_Name",
    ])

    @Test func namesAreSortedAndWildcardsLeftOut() {
        #expect(Self.names.names == ["n1"])
        #expect(Self.names.addresses.map(\.description) == ["127.0.0.1", "::1", "2001:db8::1"])
    }

    @Test func theCertificateIsKeptWhileItFits() async throws {
        try await withFolder { folder in
            let authority = try CertificateAuthority(folder: folder)
            let first = try ServerIdentity(folder: folder, authority: authority, names: Self.names)
            let again = try ServerIdentity(
                folder: folder, authority: try CertificateAuthority(folder: folder),
                names: Self.names)
            #expect(try first.current() == again.current())
            let renamed = try ServerIdentity(
                folder: folder, authority: authority, names: CertificateNames(["n2"]))
            #expect(try renamed.current() != first.current())
        }
    }

    @Test func theCertificateIsRenewedBeforeItsEnd() async throws {
        try await withFolder { folder in
            let authority = try CertificateAuthority(folder: folder)
            let identity = try ServerIdentity(
                folder: folder, authority: authority, names: Self.names)
            let first = try identity.current()
            let certificate = try Certificate(pemEncoded: first.certificateChainPEM)
            let day: Double = 86_400
            let before = certificate.notValidAfter.addingTimeInterval(-31 * day)
            #expect(try identity.current(now: before) == first)
            let near = certificate.notValidAfter.addingTimeInterval(-29 * day)
            #expect(try identity.current(now: near) != first)
        }
    }

    /// As on a full disk.
    @Test func aCertificateThatCannotBeRenewedIsServedToItsEnd() async throws {
        try await withFolder { folder in
            let authority = try CertificateAuthority(folder: folder)
            let identity = try ServerIdentity(
                folder: folder, authority: authority, names: Self.names)
            let first = try identity.current()
            let end = try Certificate(pemEncoded: first.certificateChainPEM).notValidAfter
            // A file is replaced by way of this name; what stands there is in the way.
            try FileManager.default.createDirectory(
                atPath: folder + "/api-server.key.new", withIntermediateDirectories: true)
            let lastMinute = end.addingTimeInterval(-60)
            #expect(try identity.current(now: lastMinute) == first)
            let restarted = try ServerIdentity(
                folder: folder, authority: authority, names: Self.names, now: lastMinute)
            #expect(try restarted.current(now: lastMinute) == first)
            #expect(throws: FileError.self) { try identity.current(now: end) }
            try FileManager.default.removeItem(atPath: folder + "/api-server.key.new")
            #expect(try identity.current(now: lastMinute) != first)
        }
    }

    @Test func anotherAuthoritysCertificateIsReplaced() async throws {
        try await withFolder { folder in
            let old = try CertificateAuthority(folder: folder)
            let first = try ServerIdentity(folder: folder, authority: old, names: Self.names)
                .current()
            for file in ["/api-ca.crt", "/api-ca.key"] {
                try FileManager.default.removeItem(atPath: folder + file)
            }
            let new = try CertificateAuthority(folder: folder)
            let second = try ServerIdentity(folder: folder, authority: new, names: Self.names)
                .current()
            #expect(first != second)
        }
    }

    @Test func opensslAcceptsTheChain() async throws {
        try await withFolder { folder in
            let authority = try CertificateAuthority(folder: folder)
            _ = try ServerIdentity(folder: folder, authority: authority, names: Self.names)
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
                        + check + [folder + "/api-server.crt"])
                #expect(command.succeeded, "\(check): \(command.errorOutput)")
            }
        }
    }

    @Test func damagedFilesAreNotTrusted() async throws {
        try await withFolder { folder in
            let authority = try CertificateAuthority(folder: folder)
            _ = try ServerIdentity(folder: folder, authority: authority, names: Self.names)
            try PrivateFile.write("garbage", to: folder + "/api-server.crt")
            let fresh = try ServerIdentity(
                folder: folder, authority: authority, names: Self.names
            ).current()
            #expect(fresh.certificateChainPEM.contains("BEGIN CERTIFICATE"))
        }
    }

    @Test func filesArePrivateAndReplacedWhole() async throws {
        try await withFolder { folder in
            let path = folder + "/file"
            #expect(try PrivateFile.read(path) == nil)
            for text in ["one", "two and more"] {
                try PrivateFile.write(text, to: path)
                #expect(try PrivateFile.read(path) == text)
            }
            let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions]
            #expect(mode as? Int == 0o600)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["file"])
            #expect(throws: FileError.self) { try PrivateFile.write("x", to: folder + "/none/x") }
            #expect(throws: FileError.self) { try PrivateFile.read(path + "/x") }
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
