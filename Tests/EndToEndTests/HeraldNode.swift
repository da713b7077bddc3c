import Foundation
import Laboratory

/// A node on the segment: a real daemon, with its embedded API or another node's, and the real
/// kubectl.
///
/// In the place of kube-proxy a node takes the address onto lo with arp_ignore=1, so that its
/// kernel accepts the traffic and answers no ARP: what answers is Herald.
final class HeraldNode {
    static let linkAddress = "02:00:00:00:00:01"
    let name: String
    /// 192.0.2.NUMBER, and the last byte of its link address.
    let number: Int
    let namespace: NetworkNamespace
    let folder: TemporaryFolder
    /// Its port at the switch.
    let port: String
    /// The node whose API this one uses; nil: its own.
    private let api: HeraldNode?
    /// Kubeconfigs of a real cluster that takes the place of any embedded API.
    var cluster: (administrator: String, daemon: String)?
    /// The daemon runs as in a pod.
    var choosesInCluster = false
    /// What its daemon is started with beside the usual.
    var extraArguments: [String] = []
    private(set) var daemon: RunningCommand?
    private var backends: [RunningCommand] = []

    /// An address family that a node, and the pool, may have.
    enum Family {
        case ipv4
        case ipv6

        /// With prefix length.
        func nodeAddress(_ number: Int) -> String {
            self == .ipv4 ? "192.0.2.\(number)/24" : "2001:db8::\(number)/64"
        }

        /// 48 addresses.
        var pool: String {
            self == .ipv4 ? "192.0.2.16-192.0.2.63" : "\"2001:db8::10-2001:db8::3f\""
        }

        /// The client's, which is the gateway too.
        var gateway: String { self == .ipv4 ? "192.0.2.200" : "2001:db8::200" }

        /// Where n1 serves the API.
        var apiAddress: String { self == .ipv4 ? "192.0.2.1:6481" : "[2001:db8::1]:6481" }
    }

    /// How long a daemon may take until it answers, on a machine that is busy compiling.
    static let startTimeout = Duration.seconds(30)

    init(
        _ name: String = "node", number: Int = 1, on segment: Segment, pool addresses: String,
        api: HeraldNode? = nil, families: [Family] = [.ipv4]
    ) throws {
        self.name = name
        self.number = number
        self.api = api
        namespace = try NetworkNamespace(name)
        folder = try TemporaryFolder()
        port = try segment.plug(
            namespace, addresses: families.map { $0.nodeAddress(number) },
            linkAddress: "02:00:00:00:00:0\(number)")
        try namespace.run("sysctl", ["-qw", "net.ipv4.conf.all.arp_ignore=1"])
        try writePool(addresses)
        try folder.write("", to: "herald.yaml")
    }

    deinit {
        for process in backends + [daemon].compactMap({ $0 }) {
            process.signal(SIGKILL)
            _ = try? process.wait(timeout: .seconds(5))
        }
    }

    var controlPath: String { folder.path("herald.sock") }
    var kubeconfig: String {
        cluster?.administrator ?? api?.kubeconfig ?? folder.path("state/kubeconfig")
    }
    var linkAddress: String { "02:00:00:00:00:0\(number)" }

    func writePool(_ addresses: String, announce: String = "{}") throws {
        try folder.write(
            """
            apiVersion: herald.dev/v1
            kind: AddressPool
            metadata: {name: public}
            spec:
              addresses: [\(addresses)]
              announce: \(announce)
            """, to: "pools/public.yaml")
    }

    // MARK: - The daemon

    /// What the daemon is started with.
    var daemonArguments: [String] {
        [
            "--config", folder.path("herald.yaml"), "--node", name, "--pools",
            folder.path("pools"), "--state-dir", folder.path("state"), "--control", controlPath,
        ] + apiArguments + extraArguments
    }

    private var apiArguments: [String] {
        guard !choosesInCluster else { return ["--in-cluster"] }
        guard let file = cluster?.daemon ?? api?.kubeconfig else { return ["--embedded"] }
        return ["--kubeconfig", file]
    }

    /// Starts the daemon and waits until it has seen the API.
    ///
    /// - Parameter wrapper: a program and its arguments that end in starting the daemon.
    func start(wrapper: [String] = [], environment: [String: String] = [:]) throws {
        try launch(wrapper: wrapper, environment: environment)
        try awaitReady()
    }

    /// Starts the daemon and waits for nothing.
    func launch(wrapper: [String] = [], environment: [String: String] = [:]) throws {
        let words = try wrapper + [BuiltProgram.path("heraldd")] + daemonArguments
        daemon = try namespace.start(
            words[0], Array(words.dropFirst()), environment: environment)
    }

    /// Waits until the daemon has seen the API.
    func awaitReady() throws {
        guard let started = daemon else {
            throw NodeFailure(description: "no daemon runs on \(namespace.name)")
        }
        try eventually("heraldd is ready", within: Self.startTimeout) {
            guard started.isRunning else {
                throw NodeFailure(description: "heraldd ended: \(started.errorOutputSoFar)")
            }
            return try get("readyz").output == "ok\n"
        }
    }

    /// Ends the daemon with a signal and gives its exit.
    @discardableResult
    func end(_ signal: Int32) throws -> Command {
        guard let running = daemon else {
            throw NodeFailure(description: "no daemon runs on \(namespace.name)")
        }
        running.signal(signal)
        daemon = nil
        return try running.wait(timeout: .seconds(10))
    }

    /// What the metrics address answers.
    func get(_ path: String) throws -> Command {
        try namespace.run("curl", ["-sS", "--max-time", "5", "http://127.0.0.1:6482/\(path)"])
    }

    func heraldctl(_ arguments: String...) throws -> Command {
        try Command.run(
            BuiltProgram.path("heraldctl"), arguments + ["--socket", controlPath])
    }

    // MARK: - The cluster

    /// Runs the real kubectl; throws when it fails.
    @discardableResult
    func kubectl(_ arguments: String..., input: String? = nil) throws -> String {
        let run = try namespace.run(
            "kubectl",
            ["--kubeconfig", kubeconfig, "--cache-dir", folder.path("cache")] + arguments,
            input: input)
        guard run.succeeded else {
            let line = arguments.joined(separator: " ")
            throw NodeFailure(description: "kubectl \(line): \(run.errorOutput)")
        }
        return run.output
    }

    /// A Service and its ready endpoint, as `kubectl apply` takes them.
    func apply(_ name: String) throws {
        try kubectl("apply", "-f", "-", input: Manifest.service(name))
    }

    /// The address in the Service's status, nil while there is none.
    func address(of service: String) throws -> String? {
        let path = "jsonpath={.status.loadBalancer.ingress[0].ip}"
        let text = try kubectl("get", "service", service, "-o", path)
        return text.isEmpty ? nil : text
    }

    /// Waits until the Service has an address.
    func awaitAddress(of service: String) throws -> String {
        var found: String?
        try eventually("\(service) has an address", within: .seconds(10)) {
            found = try address(of: service)
            return found != nil
        }
        return found ?? ""
    }

    /// Takes the address onto lo and serves `text` on port 80 of every address.
    func serve(_ address: String, text: String) throws {
        let length = address.contains(":") ? 128 : 32
        try namespace.ip("address", "add", "\(address)/\(length)", "dev", "lo")
        try serve(text: text)
    }

    /// Serves `text` on port 80 of every address that the node has.
    func serve(text: String) throws {
        guard backends.isEmpty else { return }
        backends.append(try namespace.start(Manifest.backendProgram, ["80", text]))
        try eventually("the backend listens") {
            try namespace.run("curl", ["-sS", "http://127.0.0.1/"]).succeeded
        }
    }
}
