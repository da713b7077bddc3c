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

    /// Answers a frame, or not, and tells the segment loop of it.
    ///
    /// Allocates nothing. The table is held while the answer is handed to the kernel, so that
    /// `publish` has the last word.
    func take(
        _ frame: ARPFrame, on link: AnnouncingLink, by buffer: UnsafeMutableRawBufferPointer
    ) throws(SystemCallError) {
        let now = Instant.now()
        let packet = frame.packet
        let isEvidence = try table.withLock { table throws(SystemCallError) in
            let verdict = judgeRequest(
                frame, on: link.link.index, ownAddress: link.link.address, answers: table,
                at: now)
            if verdict == .answer {
                try answer(at: now) { () throws(SystemCallError) in
                    try link.answer(frame, by: buffer)
                }
            }
            return packet.operation != .request || packet.isProbe || packet.isGratuitous
                || table.answers(
                    .ipv4(packet.senderProtocolAddress), on: link.link.index, at: now)
        }
        heard.note(NeighborFrame(frame, link: link.link.index), isEvidence: isEvidence)
    }

    /// The same for Neighbor Discovery.
    func take(
        _ frame: NDFrame, on link: AnnouncingLink, by buffer: UnsafeMutableRawBufferPointer
    ) throws(SystemCallError) {
        let now = Instant.now()
        let told = NeighborFrame(frame, link: link.link.index)
        let isEvidence = try table.withLock { table throws(SystemCallError) in
            let verdict = judgeSolicitation(
                frame, on: link.link.index, ownAddress: link.link.address, answers: table,
                at: now)
            if verdict == .answer {
                try answer(at: now) { () throws(SystemCallError) in
                    try link.answer(frame, by: buffer)
                }
            }
            guard told.isRequest, let sender = told.senderAddress else { return true }
            return table.answers(sender, on: link.link.index, at: now)
        }
        heard.note(told, isEvidence: isEvidence)
    }

    /// Answers a ping, or not; the same rules of who speaks for an address hold.
    func take(
        _ request: EchoRequest, on link: AnnouncingLink, by socket: PacketSocket,
        _ buffer: UnsafeMutableRawBufferPointer
    ) throws(SystemCallError) {
        let now = Instant.now()
        try table.withLock { table throws(SystemCallError) in
            let isAnswered = request.isAnswered(
                on: link.link.index, ownAddress: link.link.address, answers: table, at: now)
            guard isAnswered, request.replyBytes <= buffer.count else { return }
            try answer(at: now) { () throws(SystemCallError) in
                try socket.send(request.reply(into: buffer))
            }
        }
    }

    /// Sends an answer and counts it; counts it as withheld while the segment loop is not known to turn.
    private func answer(
        at now: Instant, sending send: () throws(SystemCallError) -> Bool
    ) throws(SystemCallError) {
        guard isFresh(at: now) else { return counters.withheld() }
        if try send() { counters.answered() } else { counters.lost(1) }
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
                return counters.withheld()
            }
            counters.lost(try link.inject(frames, by: buffer))
        }
    }
}
