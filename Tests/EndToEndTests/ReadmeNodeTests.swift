import Foundation
import Laboratory
import TestTraits
import Testing

/// The lines that the README has an administrator type on a node, typed into a folder that stands
/// for its root; systemd itself is not there.
@Suite(.blocking) struct ReadmeNodeTests {
    private let root: TemporaryFolder

    init() throws {
        root = try TemporaryFolder()
        // What `make install` puts there, as far as these lines touch it.
        for (from, to) in Self.installed {
            let text = try Self.text(of: from)
            try root.write(text, to: to)
        }
        try FileManager.default.createDirectory(
            atPath: root.path("etc/herald/pools"), withIntermediateDirectories: true)
        try root.write(
            """
            clusters: [{name: c, cluster: {server: "https://192.0.2.1:6443"}}]
            users: [{name: u, user: {token: t}}]
            contexts: [{name: x, context: {cluster: c, user: u}}]
            current-context: x
            """, to: "herald.kubeconfig")
    }

    private static let unit = "usr/lib/systemd/system/heraldd.service"
    private static let installed = [
        ("Systemd/heraldd.service", unit), ("Systemd/herald.yaml", "etc/herald/herald.yaml"),
    ]

    private static func text(of file: String) throws -> String {
        try String(
            contentsOf: Manifest.repository.appendingPathComponent(file), encoding: .utf8)
    }

    /// The lines of the block under a heading that begins with `make install`, without comments.
    private static func lines(under heading: String) throws -> [String] {
        let section = try #require(
            text(of: "README.md").components(separatedBy: "\n## \(heading)\n").last)
        let block = section.components(separatedBy: "\n```\n").first {
            $0.hasPrefix("make install")
        }
        return try #require(block).components(separatedBy: "\n")
            .map { $0.replacing(#/ +# .*$/#, with: "") }
    }

    /// With paths of the node's root in the place of /etc, where an argument begins so.
    private func rooted(_ line: String) -> String {
        line.replacing(#/([ >])\/etc\//#) { "\($0.output.1)\(root.path("etc"))/" }
    }

    @discardableResult
    private func type(_ line: String) throws -> String {
        let run = try Command.run("sh", ["-ec", "cd \(root.url.path); \(rooted(line))"])
        try #require(run.succeeded, "\(line): \(run.output)\(run.errorOutput)")
        return run.output
    }

    private func checkConfiguration(_ flags: [String]) throws {
        let check = try Command.run(
            BuiltProgram.path("heraldd"),
            flags + [
                "--check-config", "--config", root.path("etc/herald/herald.yaml"), "--pools",
                root.path("etc/herald/pools"),
            ])
        #expect(check.succeeded, "\(flags): \(check.errorOutput)")
    }

    @Test(arguments: ["On a node", "On a cluster"])
    func theLinesWorkAndNameTheUnitThatIsInstalled(heading: String) throws {
        var units: [String] = []
        for line in try Self.lines(under: heading) {
            let words = line.components(separatedBy: " ")
            switch words[0] {
            case "make": #expect(words[1] == "install")
            case "$EDITOR" where words[1].hasSuffix(".yaml"):
                guard words[1].contains("/pools/") else { continue }
                try root.write(
                    try Self.text(of: "Pools/minimal.yaml"), to: String(words[1].dropFirst()))
            case "install", "mkdir", "printf", "echo": try type(line)
            case "heraldd":
                let flags = rooted(line).components(separatedBy: " ").dropFirst()
                let isEmbedded = heading == "On a node"
                try checkConfiguration(
                    flags.filter { $0 != "--check-config" } + (isEmbedded ? ["--embedded"] : []))
            case "systemctl":
                units += line.matches(of: #/systemctl \w+ --now (\S+)/#).map {
                    String($0.output.1)
                }
            case "heraldctl": #expect(line == "heraldctl status")
            default: Issue.record("nobody types \(line) here")
            }
        }
        #expect(units == ["heraldd"])
    }

    /// The drop-in is one of the installed unit, and what it hands over is where the configuration
    /// looks for it.
    @Test func theDropInIsTheUnits() throws {
        for line in try Self.lines(under: "On a cluster")
        where ["install", "mkdir", "printf", "echo"].contains(where: line.hasPrefix) {
            if line.hasPrefix("install") { continue }
            try type(line)
        }
        let folders = try FileManager.default.contentsOfDirectory(
            atPath: root.path("etc/systemd/system"))
        #expect(folders == ["heraldd.service.d"])
        let dropIn = try String(
            contentsOfFile: root.path("etc/systemd/system/heraldd.service.d/kubeconfig.conf"),
            encoding: .utf8)
        #expect(dropIn == "[Service]\nLoadCredential=kubeconfig:/etc/herald/kubeconfig\n")
        let configuration = try String(
            contentsOfFile: root.path("etc/herald/herald.yaml"), encoding: .utf8)
        let credential = "kubeconfig: /run/credentials/heraldd.service/kubeconfig"
        #expect(configuration.hasSuffix("\n\(credential)\n"))
    }

    /// What the unit starts is what is installed, with flags that the daemon knows.
    @Test func theUnitStartsTheInstalledProgram() throws {
        let unit = try Self.text(of: "Systemd/heraldd.service")
        let start = try #require(unit.firstMatch(of: #/\nExecStart=(\S+)([^\n]*)\n/#)).output
        let makefile = try Self.text(of: "Makefile")
        #expect(makefile.contains(#""$$bin/heraldd" "$(DESTDIR)\#(start.1)""#))
        #expect(
            makefile.contains(#"Systemd/heraldd.service "$(DESTDIR)/\#(Self.unit)""#))
        try root.write(try Self.text(of: "Pools/minimal.yaml"), to: "etc/herald/pools/a.yaml")
        let flags = String(start.2).split(separator: " ").map(String.init)
        try checkConfiguration(flags + ["--embedded"])
        let folders = ["StateDirectory": "/var/lib/", "RuntimeDirectory": "/run/"]
        for (setting, parent) in folders {
            let name = unit.components(separatedBy: "\n\(setting)=").last?
                .components(separatedBy: "\n").first
            #expect(
                try Self.text(of: "Systemd/herald.yaml").contains("\(parent)\(name ?? "?")"),
                "\(setting) is where the daemon looks")
        }
    }
}
