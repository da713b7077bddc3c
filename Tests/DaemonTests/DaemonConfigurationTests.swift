import Addressing
import Ownership
import Testing

@testable import Daemon

@Suite struct DaemonConfigurationTests {
    static func raw(_ change: (inout RawConfiguration) -> Void) -> RawConfiguration {
        var raw = RawConfiguration()
        raw.embedded = true
        change(&raw)
        return raw
    }

    @Test func defaultsAreTheDocumentedOnes() throws {
        let configuration = try DaemonConfiguration(Self.raw { _ in }, hostName: "n1")
        #expect(configuration.node == "n1")
        #expect(
            configuration.api == .embedded(listen: ListenAddress(host: "127.0.0.1", port: 6481)))
        #expect(configuration.stateDirectory == "/var/lib/herald")
        #expect(configuration.controlPath == "/run/herald/herald.sock")
        #expect(configuration.metrics.description == "127.0.0.1:6482")
        #expect(configuration.loadBalancerClass == "herald.dev/herald")
    }

    @Test func peersKeysAndRebalanceAreTakenOver() throws {
        let configuration = try DaemonConfiguration(
            Self.raw {
                $0.peers = ["192.0.2.9"]; $0.rebalance = "auto"; $0.helloKey = "/etc/key"
                $0.onConflict = "yield"
            }, hostName: "n1")
        #expect(configuration.peers == [.ipv4(IPv4Address(192, 0, 2, 9))])
        #expect(configuration.rebalancesByItself && configuration.helloKeyPath == "/etc/key")
        #expect(configuration.onConflict == .yield)
        let plain = try DaemonConfiguration(Self.raw { _ in }, hostName: "n1")
        #expect(plain.onConflict == .defend)
        #expect(plain.peers.isEmpty && !plain.rebalancesByItself && plain.helloKeyPath == nil)
    }

    @Test(
        arguments: [
            (nil, .seconds(60)), ("1s", .seconds(1)), ("1h", .seconds(3600)), ("off", nil),
        ] as [(String?, Duration?)])
    func theWireIsAskedOnceAMinuteOrAsOftenAsIsSaid(text: String?, interval: Duration?) throws {
        let raw = Self.raw { $0.wireTruth = text }
        #expect(try DaemonConfiguration(raw, hostName: "n1").wireTruthInterval == interval)
    }

    @Test(arguments: ["0s", "999ms", "2h", "never", "5"])
    func anotherIntervalIsAnError(_ text: String) {
        #expect(throws: ConfigurationError.self) {
            try DaemonConfiguration(Self.raw { $0.wireTruth = text }, hostName: "n1")
        }
    }

    @Test func listeningImpliesTheEmbeddedAPI() throws {
        var raw = RawConfiguration()
        raw.embeddedListen = "[::1]:7000"
        let configuration = try DaemonConfiguration(raw, hostName: "n1")
        #expect(configuration.api == .embedded(listen: ListenAddress(host: "::1", port: 7000)))
    }

    @Test func aPodTakesItsServiceAccount() throws {
        var raw = RawConfiguration()
        raw.inCluster = true
        #expect(try DaemonConfiguration(raw, hostName: "n1").api == .inCluster)
        // A flag for it silences the file's choice as well.
        let over = raw.over(Self.raw { $0.embeddedListen = "127.0.0.1:1" })
        #expect(try DaemonConfiguration(over, hostName: "n1").api == .inCluster)
    }

    @Test func aFlagForOneAPISilencesTheFilesChoiceOfAnother() throws {
        var flags = RawConfiguration()
        flags.kubeconfig = "/etc/kubeconfig"
        flags.node = "n2"
        let file = Self.raw {
            $0.node = "n1"; $0.metrics = "127.0.0.1:1"
        }
        let configuration = try DaemonConfiguration(flags.over(file), hostName: "host")
        #expect(configuration.api == .kubeconfig(path: "/etc/kubeconfig"))
        #expect(configuration.node == "n2")
        #expect(configuration.metrics.port == 1)
    }

    @Test(arguments: [
        ("node", raw { $0.node = "Upper" }), ("node", raw { $0.node = "" }),
        ("node", raw { $0.node = "-a" }), ("metrics", raw { $0.metrics = "localhost:1" }),
        ("metrics", raw { $0.metrics = "127.0.0.1:70000" }),
        ("metrics", raw { $0.metrics = "6482" }),
        ("embedded-listen", raw { $0.embeddedListen = "[::1:5" }),
        ("interface", raw { $0.interfaces = ["a-name-far-too-long"] }),
        ("node-ip", raw { $0.nodeAddresses = ["10.0.0"] }),
        ("peers", raw { $0.peers = ["192.0.2.1", "n2"] }),
        ("rebalance", raw { $0.rebalance = "yes" }),
        ("onConflict", raw { $0.onConflict = "give up" }),
        ("hello-profile", raw { $0.helloProfile = "slow" }),
        ("log-level", raw { $0.logLevel = "loud" }), ("log-format", raw { $0.logFormat = "xml" }),
        ("kubeconfig", raw { $0.kubeconfig = "/x" }), ("kubeconfig", raw { $0.embedded = nil }),
        ("in-cluster", raw { $0.inCluster = true }),
        (
            "kubeconfig",
            raw {
                $0.embedded = nil; $0.inCluster = true; $0.kubeconfig = "/x"
            }
        ),
    ])
    func aSettingThatCannotBeUsedIsNamed(setting: String, raw: RawConfiguration) {
        #expect {
            try DaemonConfiguration(raw, hostName: "n1")
        } throws: {
            ($0 as? ConfigurationError)?.setting == setting
        }
    }
}
