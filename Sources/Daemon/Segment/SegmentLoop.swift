import Addressing
import LinkLayer
import Logging
import Ownership
import ServiceLifecycle
import Synchronization
import Timing
import Wire

/// The segment loop and the responder: two threads that decide and answer for addresses on the
/// wire, whatever the rest of the process does, and those that wait for the kernel in their place.
///
/// Legal transitions: made → started → ended.
package final class SegmentLoop: ServiceLifecycle.Service {
    private let configuration: OwnershipConfiguration
    private let incarnation: UInt32
    private let logger: Logger
    private let outputs: SegmentOutputs
    let mailbox: Mailbox
    private let turns = TurnClock()
    private let ledger = HelloLedger()
    private let links: LinkThread
    let responder: Responder
    private let groups: SolicitedGroups
    private let hostAddresses: HostAddressThread
    private let thread = Mutex<DedicatedThread?>(nil)
    private let ending = Mutex(Ending.running(nil))

    private enum Ending: Sendable {
        /// With whoever waits for the end.
        case running(CheckedContinuation<Void, any Error>?)
        case ended(Result<Void, any Error>)
    }

    /// - Parameters:
    ///   - report: told on the segment loop's thread; must not wait. So are the two that follow.
    ///   - linksChanged: told of every table of links that differs from the last.
    ///   - answersPing: pings of addresses that this node answers for are answered too.
    ///   - saveIncarnation: told when another node goes by this node's name (rule 2).
    ///   - readLinks: called on a thread of its own, and may wait.
    package init(
        configuration: OwnershipConfiguration, incarnation: UInt32, logger: Logger,
        answersPing: Bool = false, report: @escaping @Sendable (OwnershipReport) -> Void,
        linksChanged: @escaping @Sendable (LinkTable) -> Void,
        saveIncarnation: @escaping @Sendable (UInt32) -> Void = { _ in },
        readLinks: @escaping LinkReading = { monitor throws(SystemCallError) in
            try monitor.read()
        }
    ) throws {
        self.configuration = configuration
        self.incarnation = incarnation
        self.logger = logger
        outputs = SegmentOutputs(
            report: report, linksChanged: linksChanged, saveIncarnation: saveIncarnation)
        let mailbox = try Mailbox()
        self.mailbox = mailbox
        links = try LinkThread(
            retryInterval: configuration.profile.period, logger: logger, reading: readLinks)
        groups = try SolicitedGroups(logger: logger)
        responder = Responder(
            turnAgeMax: Self.turnAgeMax(configuration.profile), turns: turns,
            heard: try HeardFrames(), orders: try ResponderOrders(), logger: logger,
            answersPing: answersPing, failingChanged: { mailbox.post(.linksFailing($0)) })
        hostAddresses = try HostAddressThread(responder: responder, logger: logger)
    }

    /// How long the responder trusts a loop that stands still.
    ///
    /// One period short of the detection time: peers count from the last hello that was sent, and
    /// the last turn may be a period younger than that.
    static func turnAgeMax(_ profile: HelloProfile) -> Duration {
        profile.period * (profile.misses - 1)
    }

    /// Tells what happened; never waits.
    package func send(_ event: OwnershipEvent) { mailbox.post(.happened(event)) }

    /// Seals and opens hellos with these keys from now on; never waits.
    package func send(_ keyring: HelloKeyring) { mailbox.post(.keyringChanged(keyring)) }

    /// What became of hellos since the start.
    package var hellos: HelloLedger.Record { ledger.record }

    /// When the loop last turned; the clock's origin before it started.
    package var lastTurn: Instant { turns.last }

    /// The indices of links whose addresses nobody answers for, as they cannot be listened on now.
    package var failingLinks: [Int32] { responder.failingLinks }

    /// Why addresses of `mode: address` that this node should answer for are not on their links.
    package var hostAddressFailures: [IPAddress: String] { hostAddresses.failures }

    /// Why none of them is looked after now, so that the kernel lets them go.
    package var hostAddressProblem: String? { hostAddresses.problem }

    /// What the responder did since the start.
    package var counts: SegmentCounts {
        SegmentCounts(
            answered: responder.counters.answeredCount,
            withheld: responder.counters.withheldCount, lost: responder.counters.lostCount,
            malformed: responder.counters.malformedCount, unheard: responder.heard.droppedCount)
    }

    /// Runs until the service is asked to stop and every address is handed over, or until the task
    /// is cancelled; throws what ended the loop otherwise.
    package func run() async throws {
        if thread.withLock({ $0 == nil }) { try start() }
        try await withTaskCancellationHandler {
            try await withGracefulShutdownHandler {
                try await ended()
            } onGracefulShutdown: {
                self.mailbox.post(.leave)
            }
        } onCancel: {
            mailbox.post(.stop)
        }
    }

    /// Starts all threads, in the network namespace of the caller.
    package func start() throws {
        // An answer table without an answerer is worthless: better to end and be started anew.
        try responder.start { [mailbox] in mailbox.post(.responderEnded($0)) }
        try links.start { [mailbox] in mailbox.post(.linksEnded($0)) }
        try groups.start()
        try hostAddresses.start()
        let thread = try DedicatedThread("the segment loop") { [self] in
            let result = Result { () throws -> Void in
                var thread = try SegmentThread(
                    ownership: Ownership(
                        configuration: configuration, incarnation: incarnation, at: .now()),
                    mailbox: mailbox, linkThread: links, turns: turns, responder: responder,
                    groups: groups, hostAddresses: hostAddresses, ledger: ledger,
                    outputs: outputs, logger: logger)
                try thread.run()
            }
            responder.publish(.empty)
            hostAddresses.stop()
            responder.stop()
            links.stop()
            groups.stop()
            end(result)
        }
        self.thread.withLock { $0 = thread }
    }

    /// Ends all threads at once and waits for them; addresses are not handed over.
    package func stop() {
        mailbox.post(.stop)
        thread.withLock { $0 }?.join()
    }

    private func ended() async throws {
        try await withCheckedThrowingContinuation { continuation in
            let result: Result<Void, any Error>? = ending.withLock { ending in
                guard case .ended(let result) = ending else {
                    ending = .running(continuation)
                    return nil
                }
                return result
            }
            if let result { continuation.resume(with: result) }
        }
        thread.withLock { $0 }?.join()
    }

    private func end(_ result: Result<Void, any Error>) {
        let waiter: CheckedContinuation<Void, any Error>? = ending.withLock { ending in
            defer { ending = .ended(result) }
            guard case .running(let waiter) = ending else { return nil }
            return waiter
        }
        waiter?.resume(with: result)
    }
}
