import Foundation
import Laboratory
import TestTraits
import Testing

/// The ways by which a daemon gets into a cluster, with an API of another process.
@Suite(.serialized, .blocking, .needsKubectl) struct AccessTests {
    private let world: World
    private let first: HeraldNode
    private let second: HeraldNode

    init() throws {
        world = try World()
        let pool = "192.0.2.16-192.0.2.63"
        first = try HeraldNode("n1", number: 1, on: world.segment, pool: pool)
        first.extraArguments = ["--embedded-listen", "192.0.2.1:6481"]
        second = try HeraldNode("n2", number: 2, on: world.segment, pool: pool, api: first)
        try first.start()
    }

    private func field(_ path: String) throws -> String {
        try first.kubectl("config", "view", "--raw", "-o", "jsonpath={\(path)}")
    }

    /// A kubeconfig of the second node's own.
    private func useKubeconfig(cluster: String, user: String) throws {
        let file = try second.folder.write(
            """
            clusters: [{name: c, cluster: {server: "https://192.0.2.1:6481", \(cluster)}}]
            users: [{name: u, user: {\(user)}}]
            contexts: [{name: x, context: {cluster: c, user: u}}]
            current-context: x
            """, to: "own.kubeconfig")
        second.cluster = (first.kubeconfig, file)
    }

    private var authority: String {
        get throws {
            "certificate-authority-data: "
                + (try field(".clusters[0].cluster.certificate-authority-data"))
        }
    }

    private func isConnected() throws -> Bool {
        let json = try second.heraldctl("status", "-o", "json").output
        return try JSONDecoder().decode(ShownStatus.self, from: Data(json.utf8)).api.connected
    }

    @Test func aServerThatIsNotVerifiedIsSaidLoudly() throws {
        let token = try field(".users[0].user.token")
        try useKubeconfig(cluster: "insecure-skip-tls-verify: true", user: "token: \(token)")
        try second.start()
        let log = second.daemon?.errorOutputSoFar ?? ""
        let line = log.split(separator: "\n").first { $0.contains("is not verified") } ?? ""
        #expect(line.contains("critical") && line.contains("https://192.0.2.1:6481"), "\(log)")
        try second.end(SIGTERM)
        try useKubeconfig(cluster: try authority, user: "token: \(token)")
        try second.start()
        #expect(second.daemon?.errorOutputSoFar.contains("is not verified") == false)
    }

    @Test func aPluginLetsItIn() throws {
        let token = try field(".users[0].user.token")
        let credential = """
            {"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential",\
            "status":{"token":"\(token)"}}
            """
        let answer = try second.folder.write(credential, to: "credential.json")
        try useKubeconfig(
            cluster: try authority,
            user: "exec: {apiVersion: client.authentication.k8s.io/v1, command: cat, "
                + "args: [\(answer)], interactiveMode: Never}")
        try second.start()
        #expect(try isConnected())
        #expect(second.daemon?.errorOutputSoFar.contains("credential plugin") == false)
    }

    /// As in a pod: the address from the environment, token and authority from the account's folder.
    @Test func aPodFindsItsCluster() throws {
        try second.folder.write(try field(".users[0].user.token"), to: "account/token")
        let authority = try field(".clusters[0].cluster.certificate-authority-data")
        let pem = try #require(Data(base64Encoded: authority))
        try second.folder.write(String(decoding: pem, as: UTF8.self), to: "account/ca.crt")
        let account = "/run/secrets/kubernetes.io/serviceaccount"
        second.choosesInCluster = true
        try second.start(
            wrapper: [
                "sh", "-ec",
                """
                mount -t tmpfs none /run
                mkdir -p \(account)
                cp \(second.folder.path("account"))/* \(account)/
                exec "$@"
                """, "sh",
            ],
            environment: [
                "KUBERNETES_SERVICE_HOST": "192.0.2.1", "KUBERNETES_SERVICE_PORT": "6481",
            ])
        #expect(try isConnected())
    }
}
