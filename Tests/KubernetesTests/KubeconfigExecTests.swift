import Foundation
import JSON
import Testing

@testable import Kubernetes

/// `users[].user.exec` of a kubeconfig.
@Suite struct KubeconfigExecTests {
    private static let usual = """
        clusters:
        - name: lab
          cluster:
            server: https://192.0.2.1:6443
            certificate-authority-data: \(Data("CA".utf8).base64EncodedString())
            tls-server-name: api.example
            extensions:
            - name: other
              extension: {x: 1}
            - name: client.authentication.k8s.io/exec
              extension: {audience: "7", depth: 7, on: [true, null, plain]}
        users:
        - name: me
          user:
            exec:
              apiVersion: client.authentication.k8s.io/v1beta1
              command: ./bin/plugin
              args: [get-token, --verbose]
              env:
              - {name: REGION, value: north}
              - {name: EMPTY}
              provideClusterInfo: true
              interactiveMode: IfAvailable
              installHint: install it
        contexts: [{name: x, context: {cluster: lab, user: me}}]
        current-context: x
        """

    private static func plugin(_ text: String = usual) throws -> ExecPlugin {
        let config = try Kubeconfig(parsing: Array(text.utf8), file: "/etc/herald/kubeconfig")
        guard case .plugin(let plugin) = try config.access().authorization else {
            throw NoPlugin()
        }
        return plugin
    }

    private struct NoPlugin: Error {}

    @Test func everyFieldIsRead() throws {
        let expected = ExecPlugin(
            version: .v1beta1, command: "/etc/herald/./bin/plugin",
            arguments: ["get-token", "--verbose"],
            environment: [
                ExecPlugin.Variable(name: "REGION", value: "north"),
                ExecPlugin.Variable(name: "EMPTY", value: ""),
            ],
            cluster: [
                "server": "https://192.0.2.1:6443", "tls-server-name": "api.example",
                "certificate-authority-data": .string(Data("CA".utf8).base64EncodedString()),
                "config": ["audience": "7", "depth": 7, "on": [true, .null, "plain"]],
            ], installHint: "install it")
        #expect(try Self.plugin() == expected)
    }

    @Test func theClusterIsToldOfOnlyWhenThatIsAsked() throws {
        let quiet = Self.usual.replacing("provideClusterInfo: true", with: "args: []")
        #expect(throws: KubeconfigError.self, "args twice") { try Self.plugin(quiet) }
        let plugin = try Self.plugin(
            Self.usual.replacing("provideClusterInfo: true", with: "provideClusterInfo: false"))
        #expect(plugin.cluster == nil)
        #expect(plugin.request["spec"] == ["interactive": false])
    }

    @Test func aNameIsSearchedInThePath() throws {
        let plugin = try Self.plugin(Self.usual.replacing("./bin/plugin", with: "plugin"))
        #expect(plugin.command == "plugin")
    }

    @Test(arguments: [
        ("a token", ClusterAccess.Authorization.token("t"), "token: t"),
        ("a file", .tokenFile("/t"), "tokenFile: /t"),
        ("a file wins over a token", .tokenFile("/t"), "token: t\n    tokenFile: /t"),
        ("a name", .basic(user: "u", password: ""), "username: u"),
    ])
    func whatIsGivenWinsOverAPlugin(
        name: String, expected: ClusterAccess.Authorization, lines: String
    ) throws {
        let text = Self.usual.replacing("    exec:", with: "    \(lines)\n    exec:")
        let config = try Kubeconfig(parsing: Array(text.utf8), file: "k")
        #expect(try config.access().authorization == expected)
    }

    @Test(arguments: [
        ("an old version", "v1beta1", "v1alpha1", "apiVersion client.authentication.k8s.io/v1alph"),
        ("no command", "command: ./bin/plugin", "x: y", "exec.command is missing"),
        ("it asks somebody", "IfAvailable", "Always", "interactiveMode is Always"),
        ("arguments that are none", "[get-token, --verbose]", "get-token", "args is not a list"),
        ("nested arguments", "[get-token, --verbose]", "[[a]]", "args is not a list of texts"),
        ("a variable without name", "{name: EMPTY}", "{value: x}", "exec.env.name is missing"),
        ("a wrong flag", "provideClusterInfo: true", "provideClusterInfo: 1", #""1", not true"#),
    ])
    func whatIsWrongIsNamed(name: String, from: String, to: String, error: String) throws {
        let wrong = Self.usual.replacing(from, with: to)
        try #require(wrong != Self.usual)
        let found = #expect(throws: KubeconfigError.self, "\(name)") { try Self.plugin(wrong) }
        let description = try #require(found).description
        #expect(description.contains(error), "\(name): \(description)")
    }
}
