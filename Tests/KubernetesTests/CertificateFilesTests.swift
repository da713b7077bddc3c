import Foundation
import Laboratory
import Testing

@testable import Kubernetes

/// Client certificates that are replaced on disk, shown to openssl's own server.
@Suite(.timeLimit(.minutes(2)), .serialized) struct CertificateFilesTests {
    private static func openssl(_ arguments: String...) async throws {
        let run = try await Command.runAside("openssl", arguments)
        try #require(run.succeeded, "openssl \(arguments): \(run.errorOutput)")
    }

    /// A certificate that stands for itself, and its key: NAME.crt and NAME.key.
    private static func certify(_ name: String, in folder: TemporaryFolder) async throws {
        try await openssl(
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
            "-nodes", "-days", "2", "-subj", "/CN=\(name)", "-addext",
            "subjectAltName=IP:127.0.0.1", "-keyout", folder.path("\(name).key"), "-out",
            folder.path("\(name).crt"))
    }

    private static func copy(_ from: String, _ to: String, in folder: TemporaryFolder) throws {
        let text = try String(contentsOfFile: folder.path(from), encoding: .utf8)
        // As those do who replace certificates: another file, then its name.
        let new = try folder.write(text, to: "\(to).new")
        try #require(rename(new, folder.path(to)) == 0)
    }

    /// A server that lets in `one` and `two`, and says on its output whom it let in.
    private static func serve(_ folder: TemporaryFolder, port: Int) throws -> RunningCommand {
        let body = #"{"gitVersion":"v1.30.0"}"#
        try folder.write(
            "HTTP/1.1 200 OK\r\ncontent-length: \(body.utf8.count)\r\n"
                + "connection: close\r\n\r\n\(body)", to: "version")
        return try RunningCommand(
            "sh",
            [
                "-c",
                "cd \(folder.url.path) && cat one.crt two.crt >clients.pem && "
                    + "exec openssl s_server -accept 127.0.0.1:\(port) -cert server.crt -key server.key -Verify 1 "
                    + "-verify_return_error -CAfile clients.pem -HTTP",
            ])
    }

    private static let kubeconfig = """
        clusters: [{name: c, cluster: {server: "https://127.0.0.1:PORT", \
        certificate-authority: server.crt}}]
        users: [{name: u, user: {client-certificate: node.crt, client-key: node.key}}]
        contexts: [{name: x, context: {cluster: c, user: u}}]
        current-context: x
        """

    /// The names that the server read out of certificates, in order.
    private static func admitted(_ server: RunningCommand) -> [String] {
        (server.outputSoFar + server.errorOutputSoFar)
            .matches(of: #/depth=0 CN ?= ?(\w+)/#).map { String($0.output.1) }
    }

    @Test func aReplacedCertificateIsUsedAsSoonAsItsKeyIsThere() async throws {
        let folder = try TemporaryFolder()
        for name in ["server", "one", "two"] { try await Self.certify(name, in: folder) }
        for part in ["crt", "key"] { try Self.copy("one.\(part)", "node.\(part)", in: folder) }
        let port = EmbeddedServer.lastingPort
        let server = try Self.serve(folder, port: port)
        defer { server.signal(SIGKILL) }
        let file = try folder.write(
            Self.kubeconfig.replacing("PORT", with: "\(port)"), to: "kubeconfig")
        let access = try Kubeconfig(contentsOf: file).access()
        #expect(access.clientCertificate?.chainFile == folder.path("node.crt"))
        try await withClient(access) { client in
            try await eventually("the server listens") { (try? await client.version()) != nil }
            func expectNext(_ name: String, _ why: Comment) async throws {
                let before = Self.admitted(server).count
                _ = try await client.version()
                try await eventually { Self.admitted(server).count > before }
                #expect(Self.admitted(server).last == name, why)
            }
            try await expectNext("one", "as it began")
            try Self.copy("two.crt", "node.crt", in: folder)
            try await expectNext("one", "the new certificate has no key yet")
            try Self.copy("two.key", "node.key", in: folder)
            try await expectNext("two", "both are there")
            try FileManager.default.removeItem(atPath: folder.path("node.key"))
            try await expectNext("two", "a file that is away is being replaced")
            try folder.write("no PEM", to: "node.key")
            try await expectNext("two", "nonsense is not used")
            for part in ["crt", "key"] { try Self.copy("one.\(part)", "node.\(part)", in: folder) }
            try await expectNext("one", "replaced again")
        }
    }

    /// What stands in the kubeconfig itself is not read again, whatever else it names.
    @Test func certificatesInTheKubeconfigHaveNoFiles() async throws {
        let folder = try TemporaryFolder()
        try await Self.certify("one", in: folder)
        let chain = try Data(contentsOf: URL(filePath: folder.path("one.crt")))
        let text = """
            clusters: [{name: c, cluster: {server: "https://127.0.0.1:1"}}]
            users: [{name: u, user: {client-certificate-data: \(chain.base64EncodedString()), \
            client-certificate: gone.crt, client-key: one.key}}]
            contexts: [{name: x, context: {cluster: c, user: u}}]
            current-context: x
            """
        let access = try Kubeconfig(contentsOf: try folder.write(text, to: "kubeconfig")).access()
        #expect(access.clientCertificate?.chainFile == nil)
        #expect(access.clientCertificate?.keyFile == folder.path("one.key"))
        var within = access
        within.clientCertificate?.keyFile = nil
        #expect(CertificateFiles(within) == nil)
        #expect(CertificateFiles(access)?.configuration() == nil, "as the client began")
    }
}
