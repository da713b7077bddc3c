import Files
import PoolFile
import YAML

/// What is wrong in the configuration file, and where: `/etc/herald/herald.yaml:3:1: …`.
package struct ConfigurationFileError: Error, CustomStringConvertible {
    /// One line an error.
    package let description: String
}

/// The configuration file: YAML, one mapping, its keys named as the flags are.
package enum ConfigurationFile {
    /// Every key, in the order of the documentation.
    package static let keys = [
        "node", "pools", "interface", "kubeconfig", "in-cluster", "embedded", "embedded-listen",
        "state-dir", "control", "metrics", "hello-profile", "hello-key", "node-ip", "peers",
        "rebalance", "onConflict", "answerPing", "wireTruth", "class", "class-only",
        "ignore-exclude-label", "log-level", "log-format",
    ]

    /// Reads the file at `path`; without a path the default file, which may be missing.
    package static func load(_ path: String?) throws -> RawConfiguration {
        let file = path ?? DaemonConfiguration.defaultFile
        guard let bytes = try AtomicFile.read(file) else {
            guard path != nil else { return RawConfiguration() }
            throw ConfigurationError(setting: "config", found: file, wanted: "a file that exists")
        }
        return try parse(bytes, path: file)
    }

    /// Reads everything that can be read and throws every error of the file at once.
    package static func parse(
        _ bytes: [UInt8], path: String
    ) throws(ConfigurationFileError) -> RawConfiguration {
        let documents: YAMLDocuments
        do {
            documents = try YAMLDocuments(parsing: bytes)
        } catch {
            throw ConfigurationFileError(description: "\(path):\(error)")
        }
        guard let document = documents.nodes.first else { return RawConfiguration() }
        var reader = YAMLReader()
        if let second = documents.nodes.dropFirst().first {
            reader.refuse(second.position, "a second document; one is wanted")
        }
        let raw = RawConfiguration(document, &reader)
        guard reader.errors.isEmpty else {
            let lines = reader.errors.sorted { $0.position < $1.position }
                .map { "\(path):\($0)" }
            throw ConfigurationFileError(description: lines.joined(separator: "\n"))
        }
        return raw
    }
}

extension RawConfiguration {
    init(_ document: YAMLNode, _ reader: inout YAMLReader) {
        let fields = reader.fields(
            of: document, known: ConfigurationFile.keys, in: "the configuration")
        func flag(_ key: String) -> Bool? {
            fields[key].map { reader.boolean($0, default: false) }
        }
        func texts(_ key: String) -> [String]? {
            guard let node = fields[key] else { return nil }
            guard case .scalar = node.value else {
                return reader.list(node) { $0.text($1) }
            }
            return reader.text(node).map { [$0] }
        }
        self.init()
        node = reader.text(fields["node"])
        pools = reader.text(fields["pools"])
        interfaces = texts("interface")
        kubeconfig = reader.text(fields["kubeconfig"])
        inCluster = flag("in-cluster")
        embedded = flag("embedded")
        embeddedListen = reader.text(fields["embedded-listen"])
        stateDirectory = reader.text(fields["state-dir"])
        control = reader.text(fields["control"])
        metrics = reader.text(fields["metrics"])
        helloProfile = reader.text(fields["hello-profile"])
        helloKey = reader.text(fields["hello-key"])
        nodeAddresses = texts("node-ip")
        peers = texts("peers")
        rebalance = reader.text(fields["rebalance"])
        onConflict = reader.text(fields["onConflict"])
        answerPing = flag("answerPing")
        wireTruth = reader.text(fields["wireTruth"])
        loadBalancerClass = reader.text(fields["class"])
        classOnly = flag("class-only")
        ignoreExcludeLabel = flag("ignore-exclude-label")
        logLevel = reader.text(fields["log-level"])
        logFormat = reader.text(fields["log-format"])
    }
}
