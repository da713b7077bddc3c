import Foundation
import JSON
import Laboratory
import NIOPosix
import NIOSSL
import Synchronization
import Testing
import Timing

@testable import Kubernetes

/// Real programs that are asked for credentials.
@Suite(.timeLimit(.minutes(1))) struct ExecPluginTests {
    private static let good = """
        {"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential",\
        "status":{"token":"t","expirationTimestamp":"2026-01-02T03:04:05Z"}}
        """

    /// A plugin that runs this script with `/bin/sh`.
    private static func plugin(_ script: String, hint: String? = nil) -> ExecPlugin {
        ExecPlugin(
            version: .v1, command: "/bin/sh", arguments: ["-c", script, "sh", "first", "second"],
            environment: [ExecPlugin.Variable(name: "EXTRA", value: "a b")], installHint: hint)
    }

    private static func ask(
        _ plugin: ExecPlugin, timeout: Duration = .seconds(20)
    ) throws -> ExecCredential {
        try plugin.ask(environment: ["PATH": "/usr/bin:/bin", "EXTRA": "no"], timeout: timeout)
    }

    @Test func itIsToldWhatIsWantedAndItsAnswerIsRead() throws {
        let folder = try TemporaryFolder()
        var plugin = Self.plugin(
            """
            printf '%s' "$KUBERNETES_EXEC_INFO" >\(folder.path("asked"))
            printf '%s' "$1 $2 $EXTRA $(cat)" >\(folder.path("given"))
            echo '\(Self.good)'
            """)
        plugin.cluster = ["server": "https://192.0.2.1:6443"]
        let credential = try Self.ask(plugin)
        #expect(credential.token == "t" && credential.clientCertificate == nil)
        #expect(credential.expiration?.text() == "2026-01-02T03:04:05Z")
        let asked = try JSONValue(
            parsing: String(contentsOfFile: folder.path("asked"), encoding: .utf8).utf8)
        let wanted: JSONValue = [
            "apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential",
            "spec": ["interactive": false, "cluster": ["server": "https://192.0.2.1:6443"]],
        ]
        #expect(asked == wanted)
        let given = try String(contentsOfFile: folder.path("given"), encoding: .utf8)
        #expect(given == "first second a b ", "and nothing to read")
    }

    @Test(arguments: [
        ("it fails", "echo no ticket >&2; exit 3", "ended with status 3, and said: no ticket"),
        ("it dies", "kill -TERM $$", "was killed by signal 15"),
        ("no JSON", "echo hello", "its answer is not JSON"),
        (
            "another version", "echo '\(good.replacing("/v1", with: "/v1beta1"))'",
            "is client.authentication.k8s.io/v1beta1 ExecCredential, not client.auth"
        ),
        (
            "nothing in it", "echo '\(good.replacing(#""token":"t","#, with: ""))'",
            "neither a token nor a client certificate"
        ),
        (
            "a certificate without key",
            "echo '\(good.replacing("token", with: "clientCertificateData"))'", "not both"
        ),
        ("no time", "echo '\(good.replacing("2026", with: "soon"))'", #""soon-01-02"#),
        ("a number", "echo '\(good.replacing(#""t","#, with: "7,"))'", "status.token of its"),
        ("it says too much", "yes", "said more than 1048576 bytes"),
        ("it hangs", "sleep 100 & sleep 100", "did not end in time"),
        ("it hangs in silence", "exec sleep 100 >&- 2>&-", "did not end in time"),
    ])
    func whatIsWrongIsSaid(name: String, script: String, error: String) throws {
        let found = #expect(throws: KubeconfigError.self, "\(name)") {
            try Self.ask(Self.plugin(script), timeout: .milliseconds(1_500))
        }
        let description = try #require(found).description
        #expect(description.contains(error), "\(name): \(description)")
        #expect(description.hasPrefix("kubeconfig credential plugin /bin/sh: "))
    }

    @Test func aProgramThatIsNotThereIsSaidWithItsHint() throws {
        let plugin = ExecPlugin(
            version: .v1, command: "no-such-plugin", installHint: "apt install it")
        let found = #expect(throws: KubeconfigError.self) { try Self.ask(plugin) }
        let description = try #require(found).description
        #expect(description.hasSuffix("No such file or directory; apt install it"))
    }

    // MARK: - Kept until it expires

    private final class Plugin: Sendable {
        let runs = Mutex(0)
        let now = Mutex(WallTime(secondsSince1970: 1_000))
        let answer: @Sendable (Int) throws -> String

        init(_ answer: @escaping @Sendable (Int) throws -> String) {
            self.answer = answer
        }

        var credentials: PluginCredentials {
            PluginCredentials(
                MultiThreadedEventLoopGroup.singleton, now: { self.now.withLock { $0 } },
                ask: {
                    let run = self.runs.withLock { runs in
                        runs += 1
                        return runs
                    }
                    return try ExecCredential(
                        parsing: Array(self.answer(run).utf8), version: .v1)
                })
        }
    }

    private static func answer(_ token: String, expires: Int64?) -> String {
        let time = expires.map { WallTime(secondsSince1970: $0).text() } ?? ""
        return """
            {"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential",\
            "status":{"token":"\(token)","expirationTimestamp":"\(time)"}}
            """
    }

    @Test func itIsAskedAgainWhenItExpiresAndNotBefore() async throws {
        let plugin = Plugin { Self.answer("t\($0)", expires: 1_000 + Int64($0) * 100) }
        let credentials = plugin.credentials
        try await withThrowingTaskGroup(of: String?.self) { group in
            for _ in 0..<20 { group.addTask { try await credentials.current().token } }
            for try await token in group { #expect(token == "t1") }
        }
        plugin.now.withLock { $0 = WallTime(secondsSince1970: 1_089) }
        #expect(try await credentials.current().token == "t1")
        plugin.now.withLock { $0 = WallTime(secondsSince1970: 1_090) }
        #expect(try await credentials.current().token == "t2")
        #expect(plugin.runs.withLock { $0 } == 2)
    }

    @Test func whatTheServerRefusesIsNotSentAgain() async throws {
        let plugin = Plugin { Self.answer("t\($0)", expires: nil) }
        let credentials = plugin.credentials
        let first = try await credentials.current()
        credentials.refused(first)
        #expect(try await credentials.current().token == "t2")
        // The answer to a request that was sent with the first one comes late.
        credentials.refused(first)
        #expect(try await credentials.current().token == "t2")
    }

    @Test func afterAFailureItIsAskedAgain() async throws {
        let plugin = Plugin { $0 == 1 ? "{}" : Self.answer("t\($0)", expires: nil) }
        let credentials = plugin.credentials
        await #expect(throws: ExecCredential.Unusable.self) { try await credentials.current() }
        #expect(try await credentials.current().token == "t2")
    }

    // MARK: - In a request

    @Test func requestsCarryTheTokenAndARefusedOneIsReplaced() async throws {
        let folder = try TemporaryFolder()
        let script = """
            echo x >>\(folder.path("runs"))
            printf '%s' '\(Self.answer("RUN", expires: nil))' |
              sed "s/RUN/t$(wc -l <\(folder.path("runs")))/"
            """
        let version = #"{"gitVersion":"v1.36.0"}"#
        let server = try await ScriptedServer([
            [.answer(200, version)], [.answer(401, "")], [.answer(200, version)],
        ])
        let access = ClusterAccess(
            server: server.url, authorization: .plugin(Self.plugin(script)))
        try await withClient(access) { client in
            _ = try await client.version()
            let refused = await #expect(throws: KubernetesError.self) {
                try await client.version()
            }
            #expect(refused?.refusal?.httpStatus == 401)
            _ = try await client.version()
        }
        #expect(server.tokens == ["Bearer t1", "Bearer t1", "Bearer t2"])
        await server.close()
    }

    @Test func aPluginThatFailsSendsNothing() async throws {
        let server = try await ScriptedServer([])
        let access = ClusterAccess(
            server: server.url, authorization: .plugin(Self.plugin("exit 1")))
        try await withClient(access) { client in
            let found = await #expect(throws: KubernetesError.self) { try await client.version() }
            let text = try #require(found).description
            #expect(text.hasPrefix("get /version: kubeconfig credential plugin /bin/sh: "))
        }
        #expect(server.requests.isEmpty)
        await server.close()
    }

    @Test func itsCertificateTakesThePlaceOfTheKubeconfigs() throws {
        let access = ClusterAccess(server: "https://a")
        let wrong = ClusterAccess.ClientCertificate(chain: Array("x".utf8), key: [])
        #expect(throws: KubeconfigError.self) {
            try access.tlsConfiguration(clientCertificate: wrong)
        }
        #expect(try access.tlsConfiguration().certificateChain.isEmpty)
    }
}
