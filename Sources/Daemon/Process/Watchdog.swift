import Logging
import ServiceLifecycle

/// Tells systemd that the daemon is up and, as often as it asks, that both loops still turn.
package struct Watchdog: ServiceLifecycle.Service {
    private let notifier: SystemdNotifier
    private let health: Health
    private let logger: Logger

    package init(notifier: SystemdNotifier, health: Health, logger: Logger) {
        self.notifier = notifier
        self.health = health
        self.logger = logger
    }

    package func run() async throws {
        notifier.ready()
        logger.info("started")
        let interval = notifier.watchdogInterval ?? Self.intervalUnwatched
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                // Cancelled by the stop, which ends the loop.
                try? await Task.sleep(for: interval)
                let findings = await health.findings()
                if findings.isEmpty {
                    notifier.watchdog()
                } else if !Task.isCancelled {
                    logger.error(
                        "not healthy", metadata: ["found": "\(findings.joined(separator: "; "))"])
                }
            }
        }
        notifier.stopping()
    }

    /// How often the loops are looked at where systemd does not ask.
    static let intervalUnwatched = Duration.seconds(10)
}
