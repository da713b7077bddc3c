import Allocation
import AsyncAlgorithms
import Kubernetes
import LinkLayer
import Logging
import Ownership
import PoolFile
import ServiceLifecycle
import Status
import Timing

/// The loop that owns the `Reconciler` and the `LeaderElection`: what the API says comes in, writes
/// go out.
///
/// One async function owns the values as local variables. Feeds, files, the segment loop and
/// questions arrive by one channel, which makes its senders wait while the loop is busy; every API
/// call is a child task whose result comes back the same way.
package struct APILoop: ServiceLifecycle.Service {
    /// What arrives at the loop.
    enum Input: Sendable {
        case event(ReconcilerEvent)
        /// With what went wrong with the lease, if anything did.
        case election(LeaderElectionEvent, KubernetesError?)
        /// What the watch of the lease tells; it knows nothing of requests that failed.
        case leaseWatch(LeaderElectionEvent)
        /// The timer that was armed for this instant.
        case deadlineReached(Instant)
        /// The segment loop has reported something.
        case reportsWait
        /// Does it turn?
        case askTurn(Asker<Void>)
        case askStatus(Asker<DaemonStatus>)
        case askServices(Asker<ServiceListing>)
        case askHistory(Asker<MoveHistory>)
        case askPlan(Asker<RebalancePlan>)
        /// Give the lease back, then end.
        case stop
        /// The lease was not given back in time: end all the same.
        case stopWaitedLongEnough
    }

    /// What the loop begins with.
    package struct Start: Sendable {
        package let pools: PoolFile.Contents
        package let registration: NodeRegistration
        /// From `--hello-key`; nil: the Secret has them.
        package let helloKeys: [[UInt8]]?
        /// What was known before the last stop.
        package let savedKeys: SavedHelloKeys?
        /// What the API said before the last stop; the loop takes it.
        package let lastKnown: HandedOver<LastKnown>
        package let commands: NodeCommands

        package init(
            pools: PoolFile.Contents, registration: NodeRegistration, helloKeys: [[UInt8]]?,
            savedKeys: SavedHelloKeys?, lastKnown: LastKnown?, commands: NodeCommands
        ) {
            self.pools = pools
            self.registration = registration
            self.helloKeys = helloKeys
            self.savedKeys = savedKeys
            self.lastKnown = HandedOver(lastKnown)
            self.commands = commands
        }
    }

    /// Objects of a list whose reading costs some megabytes.
    static let listLong = 500
    /// So long after it is read what follows from it is done, and other lists are read.
    static let listTakenIn = Duration.seconds(3)
    /// Events that wait to be written; beyond it they are dropped.
    static let eventsMax = 5_000
    /// An event that is answered later than this would keep all others waiting.
    static let eventTimeout = Duration.seconds(2)
    /// How long giving back the lease may take.
    static let stopDurationMax = Duration.seconds(2)

    let configuration: Reconciler.Configuration
    let start: Start
    let client: KubernetesClient
    /// With connections of its own: a renewal never queues behind other calls.
    let leaseClient: KubernetesClient
    /// On the connections of `client`.
    let eventClient: KubernetesClient
    let logger: Logger
    let inputs = AsyncChannel<Input>()
    let reports: SegmentReports
    let segment: SegmentLoop
    /// Told of keys to keep on disk; must not take long.
    let saveKeys: @Sendable (SavedHelloKeys) -> Void
    /// What is to be saved next; a newer one takes its place.
    let unsaved = AsyncStream.makeStream(of: LastKnown.self, bufferingPolicy: .bufferingNewest(1))
    let saveLastKnown: @Sendable (LastKnown) -> Void
    /// Events that are to be written, oldest first.
    let unrecorded = AsyncStream.makeStream(
        of: Event.self, bufferingPolicy: .bufferingOldest(eventsMax))
    /// Long lists that were read, and many writes that have ended; of several one is told.
    let longLists = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    /// Whether this node allocates now; a newer word takes the place of an older one.
    let terms = AsyncStream.makeStream(of: Bool.self, bufferingPolicy: .bufferingNewest(1))

    package init(
        configuration: Reconciler.Configuration, start: Start, client: KubernetesClient,
        leaseClient: KubernetesClient, reports: SegmentReports, segment: SegmentLoop,
        logger: Logger, saveKeys: @escaping @Sendable (SavedHelloKeys) -> Void,
        saveLastKnown: @escaping @Sendable (LastKnown) -> Void
    ) {
        self.configuration = configuration
        self.start = start
        self.client = client
        eventClient = client.answering(within: Self.eventTimeout)
        self.leaseClient = leaseClient.answering(within: Self.leaseTimeout)
        self.reports = reports
        self.logger = logger
        self.segment = segment
        self.saveKeys = saveKeys
        self.saveLastKnown = saveLastKnown
    }

    /// Hands one event in; waits while the loop is busy.
    package func send(_ event: ReconcilerEvent) async {
        await inputs.send(.event(event))
    }

    /// Returns when the loop turns; nil once it has ended.
    package func turned() async -> Void? {
        await answer { .askTurn($0) }
    }

    /// The whole status as of now; nil once the loop has ended.
    package func status() async -> DaemonStatus? {
        await answer { .askStatus($0) }
    }

    /// Every Service of type LoadBalancer; nil once the loop has ended.
    package func services() async -> ServiceListing? {
        await answer { .askServices($0) }
    }

    /// The latest moves; nil once the loop has ended.
    package func history() async -> MoveHistory? {
        await answer { .askHistory($0) }
    }

    /// What a rebalance would move; nil once the loop has ended.
    package func rebalancePlan() async -> RebalancePlan? {
        await answer { .askPlan($0) }
    }

    private func answer<Answer: Sendable>(
        to question: (Asker<Answer>) -> Input
    ) async -> Answer? {
        let (answers, continuation) = AsyncStream<Answer>.makeStream()
        await inputs.send(question(Asker(continuation)))
        for await answer in answers { return answer }
        return nil
    }

    package func run() async throws {
        await withGracefulShutdownHandler {
            await withDiscardingTaskGroup { group in
                group.addTask {
                    await send(.poolsLoaded(start.pools))
                    if let keys = start.helloKeys { await send(.helloKeysRead(keys)) }
                    await inputs.send(.election(.deadlineReached, nil))
                }
                group.addTask {
                    for await lastKnown in unsaved.stream { saveLastKnown(lastKnown) }
                }
                follow(in: &group)
                var turns = APILoopTurns(self)
                for await input in inputs {
                    turns.take(input, in: &group)
                    if turns.isFinished { break }
                }
                inputs.finish()
                group.cancelAll()
            }
        } onGracefulShutdown: {
            Task { await inputs.send(.stop) }
        }
    }
}

/// Who asked a question: told once, or never when the loop has ended and the question is dropped.
final class Asker<Answer: Sendable>: Sendable {
    private let continuation: AsyncStream<Answer>.Continuation

    init(_ continuation: AsyncStream<Answer>.Continuation) {
        self.continuation = continuation
    }

    func tell(_ answer: Answer) {
        continuation.yield(answer)
    }

    deinit {
        continuation.finish()
    }
}
