import Addressing
import EmbeddedAPI
import Files
import FoundationEssentials
import Glibc
import HTTPServing
import Kubernetes
import LinkLayer
import Logging
import Ownership
import PoolFile
import ServiceLifecycle
import Status
import Timing
import UnixSignals

/// The whole daemon: everything is built first, then everything runs until it is asked to stop.
package struct HeraldDaemon: Sendable {
    private let configuration: DaemonConfiguration
    private let log: DaemonLogHandler

    package init(configuration: DaemonConfiguration, log: DaemonLogHandler) {
        self.configuration = configuration
        self.log = log
    }

    /// After so long what has not ended is cancelled, so that a stop takes five seconds at most.
    static let stopDurationMax = Duration.milliseconds(4_500)

    /// Runs until SIGTERM or SIGINT; throws what keeps it from starting or from going on.
    package func run() async throws {
        // Until the reloader listens, a reload must not end the process.
        signal(SIGHUP, SIG_IGN)
        EventLoops.choose()
        let pools = try PoolFile.load(path: configuration.poolsPath)
        let state = try StateDirectory(path: configuration.stateDirectory)
        let record = try NodeRecordFile(in: state)
        let helloKeys = try configuration.helloKeyPath.map { try HelloKeyFile.read($0) }
        let nodeAddresses = try nodeAddresses()
        let embedded = try embeddedAPI(nodeAddresses)
        let access = try access(embedded)
        let client = try client(access, note: note(certificates: logger("daemon")))
        let leaseClient = try self.client(access)
        do {
            let reports = SegmentReports()
            let segment = try segmentLoop(record, reports)
            let commands = NodeCommands(
                node: configuration.node, record: record, segment: segment)
            let start = APILoop.Start(
                pools: pools,
                registration: NodeRegistration(
                    node: configuration.node, addresses: nodeAddresses),
                helloKeys: helloKeys, savedKeys: savedKeys(state),
                lastKnown: lastKnown(state), commands: commands)
            let loop = apiLoop((client, leaseClient), start, state, reports, segment)
            var group = ServiceGroupConfiguration(
                services: try services(embedded, segment, loop, commands).map(NamedService.init),
                gracefulShutdownSignals: [.sigterm, .sigint],
                // Below this it prints whole services.
                logger: logger("lifecycle", level: .warning))
            group.maximumGracefulShutdownDuration = Self.stopDurationMax
            try await ServiceGroup(configuration: group).run()
        } catch {
            await Self.close([client, leaseClient])
            throw error
        }
        await Self.close([client, leaseClient])
        logger("daemon").info("stopped")
        withExtendedLifetime(state) {}
    }

    /// How long the API server may take to say goodbye; after that the kernel closes for it.
    static let closeDurationMax = Duration.milliseconds(300)

    private static func close(_ clients: [KubernetesClient]) async {
        let (ends, end) = AsyncStream.makeStream(of: Void.self)
        Task {
            for client in clients { await client.shutdown() }
            end.finish()
        }
        Task {
            // Nobody cancels it; the process ends first, or it ends the wait.
            try? await Task.sleep(for: closeDurationMax)
            end.finish()
        }
        for await _ in ends {}
    }

    /// What comes first outlives what comes later: the segment hands over before all else ends.
    private func services(
        _ embedded: EmbeddedAPIServer?, _ segment: SegmentLoop, _ loop: APILoop,
        _ commands: NodeCommands
    ) throws -> [any ServiceLifecycle.Service] {
        let health = Health(loop: loop, segmentTurn: { segment.lastTurn })
        let control = ControlRoutes(loop: loop, commands: commands)
        let metrics = MetricsRoutes(loop: loop, health: health)
        try AtomicFile.makeFolder(of: configuration.controlPath)
        let controlServer = try HTTPServer(
            configuration: HTTPServerConfiguration(
                endpoint: .unixSocket(path: configuration.controlPath)),
            respond: { await control.respond(to: $0) })
        let metricsServer = try HTTPServer(
            configuration: HTTPServerConfiguration(
                endpoint: .tcp(
                    host: configuration.metrics.host, port: configuration.metrics.port)),
            respond: { await metrics.respond(to: $0) })
        let first: [any ServiceLifecycle.Service] = embedded.map { [$0] } ?? []
        return first + [
            controlServer, metricsServer, loop,
            FileReloader(
                poolsPath: configuration.poolsPath, helloKeyPath: configuration.helloKeyPath,
                loop: loop, logger: logger("daemon")),
            Watchdog(notifier: SystemdNotifier(), health: health, logger: logger("daemon")),
            segment,
        ]
    }

    private func segmentLoop(
        _ record: NodeRecordFile, _ reports: SegmentReports
    ) throws -> SegmentLoop {
        let logger = logger("segment")
        let segment = try SegmentLoop(
            configuration: OwnershipConfiguration(
                node: configuration.node, profile: configuration.helloProfile.profile,
                interfaces: configuration.interfaces, peers: configuration.peers,
                rebalancesByItself: configuration.rebalancesByItself,
                onConflict: configuration.onConflict,
                wireTruthInterval: configuration.wireTruthInterval),
            incarnation: record.record.incarnation, logger: logger,
            answersPing: configuration.answersPing,
            report: { reports.post($0) }, linksChanged: { reports.post($0) },
            saveIncarnation: { incarnation in
                do {
                    try record.update { $0.incarnation = incarnation }
                } catch {
                    logger.error("incarnation not saved", metadata: ["error": "\(error)"])
                }
            })
        if record.record.drained { segment.send(.drainChanged(true)) }
        return segment
    }

    /// A file's keys are as they are in the file: of what was saved only the cluster counts then.
    private func savedKeys(_ state: StateDirectory) -> SavedHelloKeys? {
        guard configuration.helloKeyPath != nil else { return state.helloKeys() }
        return state.helloKeys().map { SavedHelloKeys(clusterTag: $0.clusterTag, secrets: []) }
    }

    private func lastKnown(_ state: StateDirectory) -> LastKnown? {
        do {
            return try state.lastKnown()
        } catch {
            logger("daemon").warning(
                "lastknown.json cannot be read; the API has it all",
                metadata: ["error": "\(error)"])
            return nil
        }
    }

    private func client(
        _ access: ClusterAccess, note: @escaping @Sendable (CertificateNote) -> Void = { _ in }
    ) throws -> KubernetesClient {
        try KubernetesClient(access, userAgent: "heraldd/\(Release.version)", note: note)
    }

    private func note(certificates logger: Logger) -> @Sendable (CertificateNote) -> Void {
        { note in
            switch note {
            case .taken(let field):
                logger.notice("certificate files read again", metadata: ["field": "\(field)"])
            case .refused(let problem):
                logger.warning(
                    "certificate files not usable; what was read before stays in use",
                    metadata: ["error": "\(problem)"])
            }
        }
    }

    private func apiLoop(
        _ clients: (all: KubernetesClient, lease: KubernetesClient), _ start: APILoop.Start,
        _ state: StateDirectory, _ reports: SegmentReports, _ segment: SegmentLoop
    ) -> APILoop {
        let logger = logger("api")
        return APILoop(
            configuration: Reconciler.Configuration(
                node: configuration.node,
                serviceClass: ServiceClass(
                    name: configuration.loadBalancerClass, isRequired: configuration.classOnly),
                ignoresExcludeLabel: configuration.ignoreExcludeLabel,
                interfaces: configuration.interfaces, server: clients.all.access.server),
            start: start, client: clients.all, leaseClient: clients.lease, reports: reports,
            segment: segment, logger: logger,
            saveKeys: { keys in
                do {
                    try state.write(keys)
                } catch {
                    logger.error("hello keys not saved", metadata: ["error": "\(error)"])
                }
            },
            saveLastKnown: { lastKnown in
                do {
                    try state.write(lastKnown)
                } catch {
                    logger.error("last known view not saved", metadata: ["error": "\(error)"])
                }
            })
    }

    // MARK: - The API

    private func embeddedAPI(_ nodeAddresses: [IPAddress]) throws -> EmbeddedAPIServer? {
        guard case .embedded(let listen) = configuration.api else { return nil }
        return try EmbeddedAPIServer(
            configuration: EmbeddedAPIConfiguration(
                stateDirectory: configuration.stateDirectory, listenHost: listen.host,
                listenPort: listen.port, nodeName: configuration.node,
                internalIPs: nodeAddresses.map(\.description)),
            logger: logger("embedded"))
    }

    /// The API server and what opens it; says loudly when it could be anybody.
    private func access(_ embedded: EmbeddedAPIServer?) throws -> ClusterAccess {
        let access =
            switch configuration.api {
            case .kubeconfig(let path): try Kubeconfig(contentsOf: path).access()
            case .inCluster:
                try ClusterAccess.inCluster(environment: ProcessInfo.processInfo.environment)
            case .embedded: try Kubeconfig(contentsOf: embedded?.kubeconfigPath ?? "").access()
            }
        if access.isUnverified {
            logger("daemon").critical(
                """
                the API server is not verified: whoever is on the way can read the credentials \
                and decide who has which address; take insecure-skip-tls-verify out of the \
                kubeconfig, or https for http
                """, metadata: ["server": "\(access.server)"])
        }
        return access
    }

    /// `--node-ip`; else the first address of each family on the first `--interface`, else on the
    /// default route's link.
    private func nodeAddresses() throws -> [IPAddress] {
        guard configuration.nodeAddresses.isEmpty else { return configuration.nodeAddresses }
        var monitor = try LinkMonitor()
        return try monitor.read().nodeAddresses(first: configuration.interfaces.first)
    }

    private func logger(_ label: String, level: Logger.Level? = nil) -> Logger {
        Logger(label: label) { label in
            DaemonLogHandler(
                label: label, format: log.format, level: level ?? log.logLevel,
                isJournal: log.isJournal)
        }
    }
}
