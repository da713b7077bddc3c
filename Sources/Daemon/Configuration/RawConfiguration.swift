/// Settings as they were given, each one optional: by flags, or by a file.
package struct RawConfiguration: Hashable, Sendable {
    package var node: String?
    package var pools: String?
    package var interfaces: [String]?
    package var kubeconfig: String?
    package var inCluster: Bool?
    package var embedded: Bool?
    package var embeddedListen: String?
    package var stateDirectory: String?
    package var control: String?
    package var metrics: String?
    package var helloProfile: String?
    package var helloKey: String?
    package var nodeAddresses: [String]?
    package var peers: [String]?
    package var rebalance: String?
    package var onConflict: String?
    package var answerPing: Bool?
    package var wireTruth: String?
    package var loadBalancerClass: String?
    package var classOnly: Bool?
    package var ignoreExcludeLabel: Bool?
    package var logLevel: String?
    package var logFormat: String?

    package init() {}

    /// Each setting of `self`, else that of `other`.
    package func over(_ other: RawConfiguration) -> RawConfiguration {
        var merged = self
        merged.node = node ?? other.node
        merged.pools = pools ?? other.pools
        merged.interfaces = interfaces ?? other.interfaces
        merged.stateDirectory = stateDirectory ?? other.stateDirectory
        merged.control = control ?? other.control
        merged.metrics = metrics ?? other.metrics
        merged.helloProfile = helloProfile ?? other.helloProfile
        merged.helloKey = helloKey ?? other.helloKey
        merged.peers = peers ?? other.peers
        merged.rebalance = rebalance ?? other.rebalance
        merged.onConflict = onConflict ?? other.onConflict
        merged.answerPing = answerPing ?? other.answerPing
        merged.wireTruth = wireTruth ?? other.wireTruth
        merged.nodeAddresses = nodeAddresses ?? other.nodeAddresses
        merged.loadBalancerClass = loadBalancerClass ?? other.loadBalancerClass
        merged.classOnly = classOnly ?? other.classOnly
        merged.ignoreExcludeLabel = ignoreExcludeLabel ?? other.ignoreExcludeLabel
        merged.logLevel = logLevel ?? other.logLevel
        merged.logFormat = logFormat ?? other.logFormat
        // Which API is one choice: a flag for one silences the file's choice of another.
        if !choosesAPI {
            merged.kubeconfig = other.kubeconfig
            merged.inCluster = other.inCluster
            merged.embedded = other.embedded
            merged.embeddedListen = other.embeddedListen
        }
        return merged
    }

    private var choosesAPI: Bool {
        kubeconfig != nil || inCluster != nil || embedded != nil || embeddedListen != nil
    }
}
