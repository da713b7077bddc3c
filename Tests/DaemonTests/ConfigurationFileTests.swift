import Testing

@testable import Daemon

@Suite struct ConfigurationFileTests {
    static func parse(_ text: String) throws -> RawConfiguration {
        try ConfigurationFile.parse(Array(text.utf8), path: "herald.yaml")
    }

    @Test func everyKeyIsRead() throws {
        let raw = try Self.parse(
            """
            node: n1
            pools: /p
            interface: [eth0, eth1]
            kubeconfig: /k
            in-cluster: true
            embedded: true
            embedded-listen: 127.0.0.1:1
            state-dir: /s
            control: /c
            metrics: 127.0.0.1:2
            hello-profile: fast
            node-ip: 10.0.0.1
            wireTruth: 5s
            class: a/b
            class-only: true
            ignore-exclude-label: true
            log-level: debug
            log-format: json
            """)
        var wanted = RawConfiguration()
        wanted.node = "n1"
        wanted.pools = "/p"
        wanted.interfaces = ["eth0", "eth1"]
        wanted.kubeconfig = "/k"
        wanted.inCluster = true
        wanted.embedded = true
        wanted.embeddedListen = "127.0.0.1:1"
        wanted.stateDirectory = "/s"
        wanted.control = "/c"
        wanted.metrics = "127.0.0.1:2"
        wanted.helloProfile = "fast"
        wanted.nodeAddresses = ["10.0.0.1"]
        wanted.wireTruth = "5s"
        wanted.loadBalancerClass = "a/b"
        wanted.classOnly = true
        wanted.ignoreExcludeLabel = true
        wanted.logLevel = "debug"
        wanted.logFormat = "json"
        #expect(raw == wanted)
    }

    @Test func anEmptyFileSaysNothing() throws {
        #expect(try Self.parse("# only a comment\n") == RawConfiguration())
    }

    @Test func everyErrorIsNamedWithItsPlace() {
        #expect {
            try Self.parse("node: [a]\nembeded: true\nclass-only: maybe\n")
        } throws: { error in
            let lines = "\(error)".split(separator: "\n")
            return lines.count == 3
                && lines[0].hasPrefix("herald.yaml:1:7: ")
                && lines[1].hasPrefix("herald.yaml:2:1: unknown key \"embeded\"")
                && lines[2].hasPrefix("herald.yaml:3:13: ")
        }
    }

    @Test func aFileThatWasNamedMustExist() {
        #expect(throws: ConfigurationError.self) {
            try ConfigurationFile.load("/nonexistent/herald.yaml")
        }
    }
}
