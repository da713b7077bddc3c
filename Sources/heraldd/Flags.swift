import ArgumentParser
import Daemon

/// The settings that can be given on the command line; each wins over the configuration file's.
struct Flags: ParsableArguments {
    @Option(help: "This node's name, as its Node object has it (default: the host's name).")
    var node: String?

    @Option(help: "A pool file, or a folder of *.yaml and *.yml (default: /etc/herald/pools).")
    var pools: String?

    @Option(
        name: .customLong("interface"),
        help: "An interface to announce on, whatever its kind; may be repeated.")
    var interfaces: [String] = []

    @Option(help: "The kubeconfig of the cluster to serve.")
    var kubeconfig: String?

    @Flag(help: "Run as a pod: the service account's token, the cluster's own address.")
    var inCluster = false

    @Flag(help: "Serve a small Kubernetes-compatible API on this node: no cluster is needed.")
    var embedded = false

    @Option(help: "ADDR:PORT of the embedded API (default: 127.0.0.1:6481); implies --embedded.")
    var embeddedListen: String?

    @Option(name: .customLong("state-dir"), help: "State folder (default: /var/lib/herald).")
    var stateDirectory: String?

    @Option(help: "Control socket of heraldctl (default: /run/herald/herald.sock).")
    var control: String?

    @Option(help: "ADDR:PORT of /metrics, /healthz and /readyz (default: 127.0.0.1:6482).")
    var metrics: String?

    @Option(help: "How fast a dead node is noticed: fast, normal or cautious (default: normal).")
    var helloProfile: String?

    @Option(
        help: "A file with the key of hellos (default: Secret herald-system/herald-hello-key).")
    var helloKey: String?

    @Option(
        name: .customLong("node-ip"),
        help: "This node's InternalIP on the embedded API; one a family, may be repeated.")
    var nodeAddresses: [String] = []

    @Option(
        name: .customLong("class"),
        help: "The loadBalancerClass that is ours (default: herald.dev/herald).")
    var loadBalancerClass: String?

    @Flag(help: "Serve only Services that name our class.")
    var classOnly = false

    @Flag(help: "Announce also from nodes labelled exclude-from-external-load-balancers.")
    var ignoreExcludeLabel = false

    @Option(help: "trace, debug, info, notice, warning, error or critical (default: info).")
    var logLevel: String?

    @Option(help: "text or json (default: text).")
    var logFormat: String?

    /// The flags that were given; a flag that was not says nothing.
    var raw: RawConfiguration {
        var raw = RawConfiguration()
        raw.node = node
        raw.pools = pools
        raw.interfaces = interfaces.isEmpty ? nil : interfaces
        raw.kubeconfig = kubeconfig
        raw.inCluster = inCluster ? true : nil
        raw.embedded = embedded ? true : nil
        raw.embeddedListen = embeddedListen
        raw.stateDirectory = stateDirectory
        raw.control = control
        raw.metrics = metrics
        raw.helloProfile = helloProfile
        raw.helloKey = helloKey
        raw.nodeAddresses = nodeAddresses.isEmpty ? nil : nodeAddresses
        raw.loadBalancerClass = loadBalancerClass
        raw.classOnly = classOnly ? true : nil
        raw.ignoreExcludeLabel = ignoreExcludeLabel ? true : nil
        raw.logLevel = logLevel
        raw.logFormat = logFormat
        return raw
    }
}
