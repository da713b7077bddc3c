import Foundation
import Laboratory
import Synchronization
import Testing

@testable import Kubernetes

/// Authorities and client certificates that are replaced on disk, against openssl's own server.
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
        try serve(
            folder, "server", port: port,
            admitting: "-Verify 1 -verify_return_error -CAfile clients.pem")
    }

    /// - Parameter admitting: options that say who is let in; none: everybody.
    private static func serve(
        _ folder: TemporaryFolder, _ certificate: String, port: Int, admitting: String = ""
    ) throws -> RunningCommand {
        let body = #"{"gitVersion":"v1.30.0"}"#
        try folder.write(
            "HTTP/1.1 200 OK\r\ncontent-length: \(body.utf8.count)\r\n"
                + "connection: close\r\n\r\n\(body)", to: "version")
        return try RunningCommand(
            "sh",
            [
                "-c",
                "cd \(folder.url.path) && cat one.crt two.crt >clients.pem && "
                    + "exec openssl s_server -accept 127.0.0.1:\(port) -cert \(certificate).crt "
                    + "-key \(certificate).key \(admitting) -HTTP",
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
        let notes = Notes()
        try await withClient(access, note: notes.take) { client in
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
            try await expectNext("one", "still")
            #expect(notes.all.count == 1, "said once: \(notes.all)")
            #expect(notes.all.last?.refusal?.contains("not the key of") == true)
            try Self.copy("two.key", "node.key", in: folder)
            try await expectNext("two", "both are there")
            #expect(notes.all.dropFirst() == [.taken("client-certificate")])
            try FileManager.default.removeItem(atPath: folder.path("node.key"))
            try await expectNext("two", "a file that is away is being replaced")
            try folder.write("no PEM", to: "node.key")
            try await expectNext("two", "nonsense is not used")
            for part in ["crt", "key"] { try Self.copy("one.\(part)", "node.\(part)", in: folder) }
            try await expectNext("one", "replaced again")
            let refusals = notes.all.compactMap(\.refusal)
            #expect(refusals.count == 3, "each once: \(refusals)")
            #expect(refusals[1].contains("node.key: cannot be read"))
            #expect(refusals[2].contains("client-key holds no PEM key"))
        }
    }

    /// Who names the authority's file.
    enum Origin: CaseIterable, Sendable {
        case kubeconfig, pod

        func access(_ folder: TemporaryFolder, port: Int) throws -> ClusterAccess {
            switch self {
            case .kubeconfig:
                let text = """
                    clusters: [{name: c, cluster: {server: "https://127.0.0.1:\(port)", \
                    certificate-authority: ca.crt}}]
                    contexts: [{name: x, context: {cluster: c}}]
                    current-context: x
                    """
                return try Kubeconfig(contentsOf: try folder.write(text, to: "kubeconfig"))
                    .access()
            case .pod:
                try folder.write("secret", to: "token")
                return try ClusterAccess.inCluster(
                    environment: [
                        "KUBERNETES_SERVICE_HOST": "127.0.0.1",
                        "KUBERNETES_SERVICE_PORT": "\(port)",
                    ], folder: folder.url.path)
            }
        }
    }

    @Test(arguments: Origin.allCases)
    func aReplacedAuthorityIsTrustedAtOnce(origin: Origin) async throws {
        let folder = try TemporaryFolder()
        for name in ["old", "new", "one", "two"] { try await Self.certify(name, in: folder) }
        try Self.copy("old.crt", "ca.crt", in: folder)
        let port = EmbeddedServer.lastingPort
        let notes = Notes()
        let before = try Self.serve(folder, "old", port: port)
        try await withClient(try origin.access(folder, port: port), note: notes.take) { client in
            try await eventually("the server listens") { (try? await client.version()) != nil }
            before.signal(SIGKILL)
            try before.wait(timeout: .seconds(10))
            let after = try Self.serve(folder, "new", port: port)
            defer { after.signal(SIGKILL) }
            try await eventually("the new server is not trusted") {
                let error = await #expect(throws: KubernetesError.self) {
                    try await client.version()
                }
                return "\(error, default: "")".contains("CERTIFICATE_VERIFY_FAILED")
            }
            try Self.copy("new.crt", "ca.crt", in: folder)
            _ = try await client.version()
            #expect(notes.all == [.taken("certificate-authority")])
            try await Self.unusable(notes, client, in: folder)
        }
    }

    /// Whatever is no authority changes nothing, and is told of once.
    private static func unusable(
        _ notes: Notes, _ client: KubernetesClient, in folder: TemporaryFolder
    ) async throws {
        let rows: [(content: String?, why: String)] = [
            ("no PEM", "certificate-authority holds no PEM certificate"), ("", "is empty"),
            (nil, "cannot be read"),
        ]
        for row in rows {
            let known = notes.all.count
            if let content = row.content {
                try folder.write(content, to: "ca.crt")
            } else {
                try FileManager.default.removeItem(atPath: folder.path("ca.crt"))
            }
            for _ in 0..<2 { _ = try await client.version() }
            #expect(notes.all.count == known + 1, "\(row): \(notes.all)")
            #expect(notes.all.last?.refusal?.contains(row.why) == true, "\(notes.all)")
        }
        let known = notes.all.count
        try copy("new.crt", "ca.crt", in: folder)
        _ = try await client.version()
        #expect(notes.all.count == known, "what was in use is in use")
    }

    /// Files are looked at before they are read: one that looks as it did is not read.
    @Test func aFileThatLooksAsBeforeIsNotRead() async throws {
        let folder = try TemporaryFolder()
        for name in ["one", "two"] { try await Self.certify(name, in: folder) }
        try Self.copy("one.crt", "ca.crt", in: folder)
        let notes = Notes()
        let files = try #require(
            CertificateFiles(try Origin.kubeconfig.access(folder, port: 1), note: notes.take))
        #expect(files.current().configuration == nil, "as the client began")
        let file = folder.path("ca.crt")
        var status = stat()
        try #require(stat(file, &status) == 0)
        let looks = FileStamp(file)
        // Written over in place, in the same length, and dated back.
        let handle = try FileHandle(forWritingTo: URL(filePath: file))
        try handle.write(contentsOf: Data(repeating: 0x23, count: Int(status.st_size)))
        try handle.close()
        #expect(FileStamp(file) != looks)
        try #require(utimensat(AT_FDCWD, file, [status.st_atim, status.st_mtim], 0) == 0)
        #expect(FileStamp(file) == looks)
        _ = files.current()
        #expect(notes.all.isEmpty, "it was not read")
        try Self.copy("two.crt", "ca.crt", in: folder)
        #expect(files.current().configuration != nil)
        #expect(notes.all == [.taken("certificate-authority")])
        #expect(FileStamp(folder.path("gone")) == nil)
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
        #expect(CertificateFiles(access)?.current().configuration == nil, "as the client began")
    }
}

/// What was said of certificate files, in order.
private final class Notes: Sendable {
    private let notes = Mutex<[CertificateNote]>([])

    var all: [CertificateNote] { notes.withLock { $0 } }

    @Sendable func take(_ note: CertificateNote) { notes.withLock { $0.append(note) } }
}

extension CertificateNote {
    fileprivate var refusal: String? {
        guard case .refused(let problem) = self else { return nil }
        return problem
    }
}
