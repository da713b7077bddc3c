import Addressing
import LinkLayer
import Logging
import Ownership
import Synchronization
import Timing
import Wire

/// Answers for the published addresses, and sends the bursts that are queued, on one thread.
///
/// What the segment loop tells it is under locks that are held for one frame at most.
final class Responder: Sendable {
    /// How old the segment loop's last turn may be: beyond that its table may be another node's by
    /// now, and nothing is answered or announced.
    let turnAgeMax: Duration
    let turns: TurnClock
    let heard: HeardFrames
    let counters = ResponderCounters()
    let logger: Logger
    let orders: ResponderOrders
    /// Answers pings too, so that people may watch what they monitor.
    let answersPing: Bool
    /// Told on the responder's thread; never waits.
    private let failingChanged: @Sendable (Set<Int32>) -> Void
    private let table = Mutex(AnswerTable.empty)
    /// Addresses for which the kernel answers now.
    private let kernels = Mutex<Set<HostAddress>>([])
    private let failing = Mutex<Set<Int32>>([])
    private let thread = Mutex<DedicatedThread?>(nil)

    init(
        turnAgeMax: Duration, turns: TurnClock, heard: HeardFrames, orders: ResponderOrders,
        logger: Logger, answersPing: Bool = false,
        failingChanged: @escaping @Sendable (Set<Int32>) -> Void = { _ in }
    ) {
        self.failingChanged = failingChanged
        self.turnAgeMax = turnAgeMax
        self.turns = turns
        self.heard = heard
        self.orders = orders
        self.logger = logger
        self.answersPing = answersPing
    }

    /// The indices of links that should be answered on and cannot be, sorted.
    var failingLinks: [Int32] { failing.withLock { $0.sorted() } }

    /// Tells whoever watches, when it changed.
    func noteFailing(_ links: some Sequence<Int32>) {
        let links = Set(links)
        let hasChanged = failing.withLock { failing in
            defer { failing = links }
            return failing != links
        }
        if hasChanged { failingChanged(links) }
    }

    /// Starts the thread, in the network namespace of the caller.
    ///
    /// - Parameter failed: told on that thread what ended it, when it was not `stop`.
    func start(failed: @escaping @Sendable (any Error) -> Void) throws(SystemCallError) {
        let thread = try DedicatedThread("the responder") { [self] in
            do {
                var thread = try ResponderThread(self)
                try thread.run()
            } catch {
                logger.critical("the responder has ended", metadata: ["error": "\(error)"])
                failed(error)
            }
        }
        self.thread.withLock { $0 = thread }
    }

    /// Ends the thread and waits for it.
    func stop() {
        orders.stop()
        let thread = thread.withLock { thread in
            defer { thread = nil }
            return thread
        }
        thread?.join()
    }

    /// From the return on, exactly these addresses are answered for: no answer by an older table
    /// leaves any more, whatever is queued.
    func publish(_ answers: AnswerTable) {
        table.withLock { $0 = answers }
    }

    /// The kernel answers for exactly these now; any other of `mode: address` is not announced yet.
    func kernelAnswers(for addresses: Set<HostAddress>) {
        kernels.withLock { $0 = addresses }
    }

    /// The kernel answers for one more, or for one fewer.
    func kernelAnswers(for address: HostAddress, _ answers: Bool) {
        kernels.withLock { kernels in
            if answers { kernels.insert(address) } else { kernels.remove(address) }
        }
    }

    /// Answers each frame of a batch, or not, and tells the segment loop of it.
    ///
    /// Allocates nothing. The table is held until the answers are handed to the kernel, so that
    /// `publish` has the last word.
    ///
    /// - Parameter answers: empty; holds the answers afterwards, whether they were sent or not.
    func take<Frame: AskingFrame>(
        _ kind: Frame.Type, in batch: borrowing FrameBatch, on link: OwnLink,
        of socket: PacketSocket, answers: inout FrameBatch
    ) throws(SystemCallError) {
        let now = Instant.now()
        try table.withLock { table throws(SystemCallError) in
            for index in 0..<batch.count {
                guard let frame = try? Frame(parsing: batch.bytes(index)) else {
                    counters.malformed()
                    continue
                }
                if frame.isAnswered(on: link, answers: table, at: now) {
                    answers.append { frame.writeAnswer(from: link, into: $0) }
                }
                if let told = frame.told(on: link) {
                    heard.note(told, isEvidence: told.isEvidence(for: table, at: now))
                }
            }
            try send(answers, by: socket, at: now)
        }
    }

    /// Sends answers and counts them; counts them as withheld while the segment loop is not known to
    /// turn.
    private func send(
        _ answers: borrowing FrameBatch, by socket: PacketSocket, at now: Instant
    ) throws(SystemCallError) {
        guard answers.count > 0 else { return }
        guard isFresh(at: now) else { return counters.withheld(answers.count) }
        let lost = try socket.send(answers)
        counters.lost(lost)
        counters.answered(answers.count - lost)
    }

    /// The segment loop's last turn is younger than D (OWNERSHIP rule 11).
    func isFresh(at now: Instant) -> Bool { now - turns.last < turnAgeMax }

    /// Whoever is to answer for the address can: the kernel needs to have it first.
    private func isInPlace(_ entry: AnswerTable.Entry) -> Bool {
        guard entry.isAnsweredByKernel else { return true }
        return kernels.withLock { $0.contains(HostAddress(entry.address, on: entry.link)) }
    }

    /// Sends a queued frame; an announcement only while its address is still answered for.
    func send(
        _ outgoing: OutgoingFrame, on link: AnnouncingLink,
        by buffer: UnsafeMutableRawBufferPointer
    ) throws(SystemCallError) {
        let frames = link.link.frames(outgoing)
        guard outgoing.kind == .announcement else {
            return counters.lost(try link.inject(frames, by: buffer))
        }
        let now = Instant.now()
        try table.withLock { table throws(SystemCallError) in
            let entry = table.entry(of: outgoing.address, on: outgoing.link, at: now)
            guard isFresh(at: now), let entry, isInPlace(entry) else {
                return counters.withheld(1)
            }
            counters.lost(try link.inject(frames, by: buffer))
        }
    }
}

extension NeighborFrame {
    /// It says where an address is, or that somebody wants it, or comes from an address of ours; all
    /// else says only that somebody is there.
    fileprivate func isEvidence(for answers: AnswerTable, at now: Instant) -> Bool {
        guard isRequest, let senderAddress, senderAddress != targetAddress else { return true }
        return answers.answers(senderAddress, on: link, at: now)
    }
}
