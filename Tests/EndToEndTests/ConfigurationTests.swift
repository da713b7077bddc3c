import Foundation
import Laboratory
import TestTraits
import Testing

/// `Systemd/herald.yaml` is what the daemon reads, and shows all that it reads.
@Suite(.blocking) struct ConfigurationTests {
    private let folder: TemporaryFolder
    private let shipped: String

    init() throws {
        folder = try TemporaryFolder()
        try folder.write(
            try Self.text(of: "Pools/minimal.yaml"), to: "pools/minimal.yaml")
        shipped = try Self.text(of: "Systemd/herald.yaml")
    }

    @Test func asShippedItSetsNothing() throws {
        let check = try check(configuration: shipped, flags: ["--embedded"])
        #expect(check.status == 0, "\(check.errorOutput)")
        let settings = shipped.split(separator: "\n").filter { !$0.hasPrefix("#") }
        #expect(settings.isEmpty)
    }

    private static let kubeconfig = """
        clusters: [{name: c, cluster: {server: "https://192.0.2.1:6443"}}]
        users: [{name: u, user: {token: t}}]
        contexts: [{name: x, context: {cluster: c, user: u}}]
        current-context: x
        """

    /// The kubeconfig is one that works, as far as that shows without a server.
    @Test func aKubeconfigThatIsNoneIsAnError() throws {
        let wrong = try folder.write(
            Self.kubeconfig.replacing("token: t", with: "client-key: none"), to: "kubeconfig")
        let check = try check(configuration: "kubeconfig: \(wrong)\n", flags: [])
        #expect(check.status == 2)
        #expect(check.errorOutput.contains("users[u].user.client-key"), "\(check.errorOutput)")
    }

    @Test func everySettingThatItShowsIsRead() throws {
        let key = try folder.write("a key of sixteen bytes", to: "hello.key")
        let kubeconfig = try folder.write(Self.kubeconfig, to: "kubeconfig")
        let configuration = uncommented.replacing("/etc/herald/hello.key", with: key)
            .replacing("/run/credentials/heraldd.service/kubeconfig", with: kubeconfig)
        let check = try check(configuration: configuration, flags: [])
        #expect(check.status == 0, "\(check.errorOutput)")
    }

    /// A wrong value is named, with its setting or its place: the setting is read, not skipped.
    @Test(arguments: [
        ("node", "Not_A_Name"), ("interface", "[a-name-that-is-too-long]"),
        ("node-ip", "[192.0.2.300]"), ("embedded", "perhaps"), ("embedded-listen", "nowhere"),
        ("class-only", "7"), ("in-cluster", "7"), ("ignore-exclude-label", "maybe"),
        ("hello-profile", "slow"),
        ("hello-key", "/no/such/key"), ("peers", "[192.0.2.300]"), ("rebalance", "sometimes"),
        ("wireTruth", "500ms"),
        ("metrics", "127.0.0.1:99999"), ("log-level", "loud"), ("log-format", "xml"),
        ("no-such-setting", "1"),
    ])
    func aWrongValueIsAnError(setting: String, value: String) throws {
        let flags = setting.hasPrefix("embedded") ? [] : ["--embedded"]
        let check = try check(configuration: "\(setting): \(value)\n", flags: flags)
        let complaint = check.errorOutput
        #expect(check.status == 2)
        #expect(complaint.contains("\(setting):") || complaint.contains("herald.yaml:1:"))
        let wrong = setting == "no-such-setting" ? setting : value.filter { !"[]".contains($0) }
        #expect(complaint.contains(wrong), "\(complaint)")
    }

    @Test func everyFlagIsASettingToo() throws {
        let help = try Command.run(BuiltProgram.path("heraldd"), ["--help"]).output
        let flags = help.matches(of: #/--([a-z-]+)/#).map { String($0.output.1) }
        let notSettings: Set = ["config", "check-config", "help", "version"]
        for flag in Set(flags).subtracting(notSettings).sorted() {
            #expect(shipped.contains("\n#\(flag): "), "\(flag) is not in Systemd/herald.yaml")
        }
        #expect(Set(flags).count > 15)
    }

    @Test func aFileThatIsNotThereIsAnErrorWhenItWasAskedFor() throws {
        let check = try Command.run(
            BuiltProgram.path("heraldd"),
            ["--check-config", "--embedded", "--config", folder.path("none.yaml")])
        #expect(check.status == 2)
        #expect(check.errorOutput.contains(folder.path("none.yaml")))
    }

    /// The shipped file with its settings in force; "#node: n1" is one, "# A word" is not.
    private var uncommented: String {
        shipped.replacing(#/(?m)^#(?=[a-zA-Z-]+: )/#, with: "")
    }

    private func check(configuration: String, flags: [String]) throws -> Command {
        let file = try folder.write(configuration, to: "herald.yaml")
        return try Command.run(
            BuiltProgram.path("heraldd"),
            ["--check-config", "--config", file, "--pools", folder.path("pools")] + flags)
    }

    private static func text(of file: String) throws -> String {
        try String(
            contentsOf: Manifest.repository.appendingPathComponent(file), encoding: .utf8)
    }
}
