import Addressing
import Logging
import Naming
import Ownership
import PoolFile
import Timing

/// Every setting of a daemon, checked: what is here can be used as it is.
package struct DaemonConfiguration: Sendable {
    /// Where the Kubernetes API is.
    package enum API: Hashable, Sendable {
        case kubeconfig(path: String)
        /// The service account of the pod that this is.
        case inCluster
        case embedded(listen: ListenAddress)
    }

    package let node: String
    package let poolsPath: String
    /// Links that announce, whatever their kind; empty: chosen by route.
    package let interfaces: [String]
    package let api: API
    package let stateDirectory: String
    package let controlPath: String
    package let metrics: ListenAddress
    package let helloProfile: HelloProfileName
    /// The file of the hello keys; nil: the Secret has them.
    package let helloKeyPath: String?
    package let nodeAddresses: [IPAddress]
    /// Addresses of peers beside those of Node objects.
    package let peers: [IPAddress]
    /// The most loaded node gives addresses away without being told to.
    package let rebalancesByItself: Bool
    /// What is done about another host that uses an address of this node's.
    package let onConflict: ConflictPolicy
    /// Pings of the addresses that this node answers for are answered.
    package let answersPing: Bool
    /// How often some node asks the wire for each address that another owns; nil: never.
    package let wireTruthInterval: Duration?
    package let loadBalancerClass: String
    package let classOnly: Bool
    package let ignoreExcludeLabel: Bool
    package let logLevel: Logger.Level
    package let logFormat: DaemonLogHandler.Format

    package static let defaultFile = "/etc/herald/herald.yaml"
    package static let defaultPools = "/etc/herald/pools"
    package static let defaultStateDirectory = "/var/lib/herald"
    package static let defaultControlPath = "/run/herald/herald.sock"
    package static let defaultMetrics = ListenAddress(host: "127.0.0.1", port: 6482)
    package static let defaultEmbeddedListen = ListenAddress(host: "127.0.0.1", port: 6481)
    package static let defaultClass = "herald.dev/herald"

    /// Checks every setting and throws the first that cannot be used.
    ///
    /// - Parameter hostName: the node's name when none is given.
    package init(_ raw: RawConfiguration, hostName: String) throws(ConfigurationError) {
        node = try Self.nodeName(raw.node ?? hostName)
        poolsPath = raw.pools ?? Self.defaultPools
        interfaces = try (raw.interfaces ?? []).map { name throws(ConfigurationError) in
            try Self.interfaceName(name)
        }
        api = try Self.api(raw)
        stateDirectory = raw.stateDirectory ?? Self.defaultStateDirectory
        controlPath = raw.control ?? Self.defaultControlPath
        metrics =
            try raw.metrics.map { text throws(ConfigurationError) in
                try ListenAddress(text, setting: "metrics")
            } ?? Self.defaultMetrics
        helloProfile = try Self.choice(raw.helloProfile, of: "hello-profile") ?? .normal
        helloKeyPath = raw.helloKey
        nodeAddresses = try Self.addresses(raw.nodeAddresses, of: "node-ip")
        peers = try Self.addresses(raw.peers, of: "peers")
        rebalancesByItself = try Self.choice(raw.rebalance, of: "rebalance") == Rebalance.auto
        onConflict = try Self.choice(raw.onConflict, of: "onConflict") ?? .defend
        answersPing = raw.answerPing ?? false
        wireTruthInterval = try Self.wireTruthInterval(raw.wireTruth)
        loadBalancerClass = raw.loadBalancerClass ?? Self.defaultClass
        classOnly = raw.classOnly ?? false
        ignoreExcludeLabel = raw.ignoreExcludeLabel ?? false
        logLevel = try Self.choice(raw.logLevel, of: "log-level") ?? .info
        logFormat = try Self.choice(raw.logFormat, of: "log-format") ?? .text
    }

    /// A DNS subdomain, as Kubernetes wants a Node's name (RFC 1123 §2.1).
    private static func nodeName(_ name: String) throws(ConfigurationError) -> String {
        guard dns1123SubdomainProblem(name) == nil else {
            throw ConfigurationError(
                setting: "node", found: name,
                wanted: "a name of lower-case letters, digits, '-' and '.', as Kubernetes has it")
        }
        return name
    }

    /// When addresses move to even out the load.
    private enum Rebalance: String, CaseIterable {
        /// On `heraldctl rebalance` only.
        case manual
        case auto
    }

    /// `off`, or how often.
    private static func wireTruthInterval(
        _ text: String?
    ) throws(ConfigurationError) -> Duration? {
        guard let text else { return OwnershipConfiguration.wireTruthIntervalDefault }
        guard text != "off" else { return nil }
        guard let interval = DurationText.parse(text), wireTruthIntervals.contains(interval) else {
            throw ConfigurationError(
                setting: "wireTruth", found: text, wanted: "off, or a duration from 1s to 1h")
        }
        return interval
    }

    /// A question an address and second is the most that a segment should bear.
    private static let wireTruthIntervals: ClosedRange<Duration> = .seconds(1)...(.seconds(3600))

    private static func addresses(
        _ texts: [String]?, of setting: String
    ) throws(ConfigurationError) -> [IPAddress] {
        try (texts ?? []).map { text throws(ConfigurationError) in
            do {
                return try IPAddress(text)
            } catch {
                throw ConfigurationError(setting: setting, found: text, wanted: "an address")
            }
        }
    }

    /// The kernel's bound on a name is 15 bytes (IFNAMSIZ).
    private static func interfaceName(_ name: String) throws(ConfigurationError) -> String {
        guard (1...15).contains(name.utf8.count), !name.contains("/"), !name.contains(" ") else {
            throw ConfigurationError(
                setting: "interface", found: name, wanted: "an interface's name of 1 to 15 bytes")
        }
        return name
    }

    private static func api(_ raw: RawConfiguration) throws(ConfigurationError) -> API {
        let embedded = raw.embedded ?? (raw.embeddedListen != nil)
        switch (raw.kubeconfig, raw.inCluster ?? false, embedded) {
        case (let path?, false, false):
            return .kubeconfig(path: path)
        case (nil, true, false):
            return .inCluster
        case (nil, false, true):
            let listen = try raw.embeddedListen.map { text throws(ConfigurationError) in
                try ListenAddress(text, setting: "embedded-listen")
            }
            return .embedded(listen: listen ?? defaultEmbeddedListen)
        case (nil, false, false):
            throw ConfigurationError(
                setting: "kubeconfig", found: nil,
                wanted: "--kubeconfig FILE for a cluster, or --embedded to run without one")
        case (nil, true, true):
            throw ConfigurationError(
                setting: "in-cluster", found: "true", wanted: "either in-cluster or embedded")
        case (let path?, let inCluster, _):
            throw ConfigurationError(
                setting: "kubeconfig", found: path,
                wanted: "either a kubeconfig or \(inCluster ? "in-cluster" : "embedded")")
        }
    }

    private static func choice<Value: RawRepresentable & CaseIterable>(
        _ text: String?, of setting: String
    ) throws(ConfigurationError) -> Value? where Value.RawValue == String {
        guard let text else { return nil }
        guard let value = Value(rawValue: text) else {
            let choices = Value.allCases.map(\.rawValue).joined(separator: ", ")
            throw ConfigurationError(setting: setting, found: text, wanted: "one of \(choices)")
        }
        return value
    }
}
