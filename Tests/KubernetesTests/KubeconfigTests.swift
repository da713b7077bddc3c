import Foundation
import Testing

@testable import Kubernetes

@Suite struct KubeconfigTests {
    /// What `kubectl config view --raw` writes.
    private static let usual = """
        apiVersion: v1
        kind: Config
        clusters:
        - name: lab
          cluster:
            certificate-authority-data: \(Data("CA".utf8).base64EncodedString())
            server: https://192.0.2.1:6443/
        - name: plain
          cluster:
            server: http://127.0.0.1:8080/prefix
            insecure-skip-tls-verify: true
            tls-server-name: api.example
        users:
        - name: token
          user: {token: secret}
        - name: certificate
          user:
            client-certificate-data: \(Data("CHAIN".utf8).base64EncodedString())
            client-key-data: \(Data("KEY".utf8).base64EncodedString())
        - name: file
          user: {tokenFile: tokens/node}
        - name: absolute
          user: {tokenFile: /var/run/token}
        - name: password
          user: {username: admin, password: "p:w"}
        - name: nothing
          user: {}
        contexts:
        - name: first
          context: {cluster: lab, user: token}
        - name: certificate
          context: {cluster: lab, user: certificate, namespace: shop}
        - name: file
          context: {cluster: plain, user: file}
        - name: absolute
          context: {cluster: plain, user: absolute}
        - name: password
          context: {cluster: plain, user: password}
        - name: anonymous
          context: {cluster: plain}
        - name: nothing
          context: {cluster: plain, user: nothing}
        current-context: first
        preferences: {}
        """

    private static func parse(_ text: String) throws -> Kubeconfig {
        try Kubeconfig(parsing: Array(text.utf8), file: "/etc/herald/kubeconfig")
    }

    private static let plain = ClusterAccess(
        server: "http://127.0.0.1:8080/prefix", tlsServerName: "api.example",
        skipsTLSVerification: true)

    @Test func theCurrentContextIsTheDefault() throws {
        let config = try Self.parse(Self.usual)
        let expected = ClusterAccess(
            server: "https://192.0.2.1:6443", certificateAuthority: Array("CA".utf8),
            authorization: .token("secret"))
        #expect(try config.access() == expected)
        #expect(try config.access(context: "first") == expected)
        #expect(config.contexts.count == 7)
        #expect(config.contexts.first == "first")
    }

    @Test func certificatesAreTakenFromData() throws {
        let access = try Self.parse(Self.usual).access(context: "certificate")
        #expect(access.authorization == .none)
        #expect(
            access.clientCertificate
                == ClusterAccess.ClientCertificate(
                    chain: Array("CHAIN".utf8), key: Array("KEY".utf8)))
    }

    @Test(arguments: [
        ("file", ClusterAccess.Authorization.tokenFile("/etc/herald/tokens/node")),
        ("absolute", .tokenFile("/var/run/token")),
        ("password", .basic(user: "admin", password: "p:w")),
        ("anonymous", .none),
        ("nothing", .none),
    ])
    func everyKindOfUserIsRead(
        context: String, authorization: ClusterAccess.Authorization
    ) throws {
        var expected = Self.plain
        expected.authorization = authorization
        #expect(try Self.parse(Self.usual).access(context: context) == expected)
    }

    /// Each row changes one thing of a file that is right otherwise.
    @Test(arguments: [
        ("no context", "current-context: x", "", "names no current-context"),
        ("no such context", "current-context: x", "current-context: y", #"named "y""#),
        ("no such cluster", "cluster: lab", "cluster: other", #"clusters has no entry named"#),
        ("no such user", "user: me", "user: other", #"users has no entry named "other""#),
        ("no server", "server: https://a", "x: y", "clusters[lab].cluster.server is missing"),
        ("server is no URL", "https://a", "a:6443", #""a:6443" is no http(s) URL"#),
        ("a proxy", "server:", "proxy-url: http://p, server:", "proxy-url http://p is not"),
        ("a list for a text", "token: t", "token: [t]", "users[me].user.token is not a text"),
        ("an exec plugin", "token: t", "exec: {command: x}", "users[me].user.exec.apiVersion is"),
        ("another's name", "token: t", "token: t, as: admin", "users[me].user.as is not"),
        ("no base64", "server:", "certificate-authority-data: '?', server:", "is not base64"),
        ("a missing file", "server:", "certificate-authority: no/ca.crt, server:", "no/ca.crt"),
        ("a key alone", "token: t", "client-key-data: eA==", "client-certificate is missing"),
        ("a chain alone", "token: t", "client-certificate-data: eA==", "client-key is missing"),
        ("a wrong flag", "server:", "insecure-skip-tls-verify: maybe, server:", #""maybe", not"#),
        ("clusters is no list", "clusters: [", "clusters: x\nunused: [", "no list"),
    ])
    func whatIsWrongIsNamed(name: String, from: String, to: String, error: String) throws {
        let right = """
            clusters: [{name: lab, cluster: {server: https://a}}]
            users: [{name: me, user: {token: t}}]
            contexts: [{name: x, context: {cluster: lab, user: me}}]
            current-context: x
            """
        #expect(try Self.parse(right).access().server == "https://a")
        let wrong = right.replacingOccurrences(of: from, with: to)
        try #require(wrong != right)
        let found = #expect(throws: KubeconfigError.self, "\(name)") {
            try Self.parse(wrong).access()
        }
        let description = try #require(found).description
        #expect(description.contains(error), "\(description)")
        #expect(description.contains("/etc/herald/"), "\(description)")
    }

    @Test(arguments: [("[]", "is not a mapping"), ("a: [", "2:1: not YAML: did not find")])
    func whatIsNoKubeconfigIsRefused(text: String, error: String) throws {
        let found = #expect(throws: KubeconfigError.self) { try Self.parse(text) }
        #expect(try #require(found).description.contains(error))
    }

    @Test func filesAreReadFromTheFolderOfTheKubeconfig() throws {
        let folder = URL.temporaryDirectory.appending(path: "kubeconfig-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try Data("CA".utf8).write(to: folder.appending(path: "ca.crt"))
        try Data("  token-1\n".utf8).write(to: folder.appending(path: "token"))
        let file = folder.appending(path: "config")
        let text = """
            {"clusters":[{"name":"c","cluster":{"server":"https://a",
            "certificate-authority":"ca.crt"}}],"users":[{"name":"u","user":{"tokenFile":"token"}}],
            "contexts":[{"name":"x","context":{"cluster":"c","user":"u"}}],"current-context":"x"}
            """
        try Data(text.utf8).write(to: file)
        let access = try Kubeconfig(contentsOf: file.path()).access()
        #expect(access.certificateAuthority == Array("CA".utf8))
        #expect(access.certificateAuthorityFile == folder.appending(path: "ca.crt").path())
        #expect(try access.authorization.header() == "Bearer token-1")
        try Data("token-2".utf8).write(to: folder.appending(path: "token"))
        #expect(try access.authorization.header() == "Bearer token-2")
        try Data().write(to: folder.appending(path: "token"))
        #expect(throws: KubeconfigError.self) { try access.authorization.header() }
        #expect(throws: KubeconfigError.self) {
            try Kubeconfig(contentsOf: folder.appending(path: "none").path())
        }
    }

    @Test func aPodFindsItsOwnCluster() throws {
        let folder = URL.temporaryDirectory.appending(path: "account-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        var environment = ["KUBERNETES_SERVICE_HOST": "fd96::1"]
        func access() throws(KubeconfigError) -> ClusterAccess {
            try ClusterAccess.inCluster(environment: environment, folder: folder.path())
        }
        func refusal() throws -> String {
            let found = #expect(throws: KubeconfigError.self) { try access() }
            return try #require(found).description
        }
        #expect(try refusal().contains("KUBERNETES_SERVICE_PORT"))
        environment["KUBERNETES_SERVICE_PORT"] = "443"
        #expect(try refusal().contains("ca.crt"))
        try Data("CA".utf8).write(to: folder.appending(path: "ca.crt"))
        #expect(try refusal().contains("token"))
        try Data("t".utf8).write(to: folder.appending(path: "token"))
        let found = try access()
        #expect(found.server == "https://[fd96::1]:443")
        #expect(found.certificateAuthority == Array("CA".utf8))
        #expect(found.certificateAuthorityFile?.hasSuffix("/ca.crt") == true)
        #expect(try found.authorization.header() == "Bearer t")
    }

    @Test(arguments: [
        ("https://a", false, false), ("https://a", true, true), ("http://a", false, true),
    ])
    func aServerThatNothingVerifiesIsKnownAsOne(server: String, skips: Bool, unverified: Bool) {
        let access = ClusterAccess(server: server, skipsTLSVerification: skips)
        #expect(access.isUnverified == unverified)
    }

    @Test func passwordsAreSentInBase64() throws {
        let basic = ClusterAccess.Authorization.basic(user: "admin", password: "p:w")
        #expect(try basic.header() == "Basic YWRtaW46cDp3")
        #expect(try ClusterAccess.Authorization.none.header() == nil)
    }

    @Test func certificatesThatAreNoneAreRefusedBeforeAnythingIsSent() {
        let badAuthority = ClusterAccess(
            server: "https://a", certificateAuthority: Array("CA".utf8))
        #expect(throws: KubeconfigError.self) { try badAuthority.tlsConfiguration() }
        let badKey = ClusterAccess(
            server: "https://a",
            clientCertificate: ClusterAccess.ClientCertificate(chain: [], key: []))
        #expect(throws: KubeconfigError.self) { try badKey.tlsConfiguration() }
    }
}
