import Foundation
import Glibc
import Laboratory
import TestTraits
import Testing

/// The daemon as systemd, an administrator and a monitor meet it.
@Suite(.serialized, .blocking) struct DaemonTests {
    private let world: World
    private let node: HeraldNode

    init() throws {
        world = try World()
        node = try world.node()
    }

    @Test func heraldctlAsksTheRealDaemon() throws {
        try node.start()
        let status = try node.heraldctl("status", "-o", "json")
        #expect(status.status == 0)
        for part in [
            "\"node\": \"node\"", "\"role\": \"leader\"", "\"leader\": \"node\"",
            "\"connected\": true", "\"server\": \"https://127.0.0.1:6481\"", "\"total\": 16",
        ] {
            #expect(status.output.contains(part), "\(part) is not in\n\(status.output)")
        }
        #expect(
            try node.heraldctl("version").output == "heraldctl 0.1.0\nheraldd   0.1.0 on node\n")
        try node.end(SIGTERM)
        let gone = try node.heraldctl("status")
        #expect(gone.status == 3)
        #expect(gone.errorOutput.contains("systemctl status heraldd"))
    }

    @Test func theControlSocketIsForItsGroup() throws {
        try node.start()
        let mode = try Command.run("stat", ["-c", "%a %F", node.controlPath]).output
        #expect(mode == "660 socket\n")
    }

    @Test func healthReadinessAndMetrics() throws {
        try node.start()
        #expect(try node.get("healthz").output == "ok\n")
        #expect(try node.get("readyz").output == "ok\n")
        let metrics = try node.get("metrics").output
        #expect(metrics.contains("herald_daemon_info{node=\"node\",version=\"0.1.0\"} 1\n"))
        #expect(metrics.contains("herald_pool_addresses{pool=\"public\",family=\"IPv4\"} 16\n"))
        #expect(metrics.hasSuffix("# EOF\n"))
    }

    @Test func systemdHearsOfReadinessTheWatchdogAndTheEnd() throws {
        let systemd = try NotifySocket(path: node.folder.path("notify"))
        try node.start(environment: [
            "NOTIFY_SOCKET": systemd.path, "WATCHDOG_USEC": "400000",
        ])
        try eventually("READY=1", within: .seconds(10)) { systemd.messages.contains("READY=1") }
        let before = systemd.messages.count { $0 == "WATCHDOG=1" }
        try eventually("WATCHDOG=1 twice more", within: .seconds(10)) {
            systemd.messages.count { $0 == "WATCHDOG=1" } >= before + 2
        }
        try node.end(SIGTERM)
        try eventually("STOPPING=1", within: .seconds(5)) {
            systemd.messages.contains("STOPPING=1")
        }
    }

    /// With a user of its own and what `Systemd/heraldd.service` leaves it, and no more.
    @Test(.needsKubectl) func runsWithThePrivilegesOfItsUnit() throws {
        let unit = try String(
            contentsOf: Manifest.repository.appendingPathComponent("Systemd/heraldd.service"),
            encoding: .utf8)
        #expect(unit.contains("\nAmbientCapabilities=CAP_NET_RAW\n"))
        #expect(unit.contains("\nCapabilityBoundingSet=CAP_NET_RAW\n"))
        try node.start(wrapper: withOnly("+net_raw"))
        try node.apply("web")
        try world.eventuallyAnswered(try node.awaitAddress(of: "web"))
    }

    @Test func withoutThatCapabilityItSaysWhatIsMissing() throws {
        try node.start(wrapper: withOnly(""))
        try eventually("the log says what is missing") {
            node.daemon?.errorOutputSoFar.contains("CAP_NET_RAW") == true
                || node.daemon?.outputSoFar.contains("CAP_NET_RAW") == true
        }
    }

    /// Runs a program as nobody in particular, with one capability or none.
    private func withOnly(_ capability: String) -> [String] {
        chown(node.folder.url.path, 65534, 65534)
        let set = ["-all", capability].filter { !$0.isEmpty }.joined(separator: ",")
        return [
            "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=\(set)",
            "--ambient-caps=\(set)", "--bounding-set=\(set)", "--no-new-privs",
        ]
    }

    @Test(arguments: [
        ("good", "192.0.2.16-192.0.2.31", Int32(0), "are valid"),
        ("a wrong address", "192.0.2.300", 2, "public.yaml:5:"),
        ("reversed", "192.0.2.31-192.0.2.16", 2, "public.yaml:5:"),
    ])
    func checkConfig(name: String, pool: String, status: Int32, text: String) throws {
        try node.writePool(pool)
        let check = try Command.run(
            BuiltProgram.path("heraldd"), node.daemonArguments + ["--check-config"])
        #expect(check.status == status)
        #expect((check.output + check.errorOutput).contains(text), "\(check)")
    }

    @Test(arguments: [
        ("an unknown flag", ["--nonsense"], "--nonsense"),
        ("a wrong choice", ["--hello-profile", "slow"], "slow"),
        ("a wrong port", ["--metrics", "127.0.0.1:99999"], "127.0.0.1:99999"),
    ])
    func badUsageExitsTwo(name: String, arguments: [String], text: String) throws {
        let run = try Command.run(
            BuiltProgram.path("heraldd"), node.daemonArguments + arguments)
        #expect(run.status == 2)
        #expect(run.errorOutput.contains(text), "\(run.errorOutput)")
    }

    @Test func aSecondDaemonOnTheSameStateIsRefused() throws {
        try node.start()
        let second = try node.namespace.run(
            BuiltProgram.path("heraldd"),
            node.daemonArguments + ["--control", node.folder.path("second.sock")])
        #expect(second.status == 1)
        #expect(second.errorOutput.contains(node.folder.path("state")), "\(second.errorOutput)")
        #expect(try node.heraldctl("status").status == 0)
    }
}
