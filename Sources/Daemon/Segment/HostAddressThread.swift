import Addressing
import Glibc
import LinkLayer
import Logging
import Ownership
import Synchronization
import Timing

/// Keeps the addresses of `mode: address` that this node answers for on its links, on a thread of
/// its own: the kernel's lock on its links may be held by others for long.
///
/// The first announcement of an address leaves when the kernel has it. While the segment loop stands
/// still the addresses are off, as the responder is silent; when the whole daemon does, or is gone, the
/// kernel takes them off after `HostAddress.validSeconds`.
final class HostAddressThread: Sendable {
    /// Steps before the thread looks whether something else is wanted.
    static let stepsPerTurnMax = 256

    private struct Orders: Sendable {
        var answers: AnswerTable?
        var stops = false
    }

    private let responder: Responder
    private let logger: Logger
    private let orders = Mutex(Orders())
    private let wakeUp: WakeUp
    private let thread = Mutex<DedicatedThread?>(nil)
    private let troubles = Mutex(Troubles())

    /// What keeps the addresses from their links.
    private struct Troubles: Sendable {
        var failures: [IPAddress: String] = [:]
        var problem: String?
    }

    /// Why addresses that this node should answer for are not on their links.
    var failures: [IPAddress: String] { troubles.withLock { $0.failures } }
    /// Why none of them is looked after now: it stays for `HostAddress.validSeconds` at most.
    var problem: String? { troubles.withLock { $0.problem } }

    init(responder: Responder, logger: Logger) throws(SystemCallError) {
        self.responder = responder
        self.logger = logger
        wakeUp = try WakeUp()
    }

    /// Starts the thread, in the network namespace of the caller.
    func start() throws(SystemCallError) {
        let thread = try DedicatedThread("addresses on links") { [self] in
            do {
                try run()
            } catch {
                logger.critical(
                    "addresses of mode: address are not put on links any more",
                    metadata: ["error": "\(error)"])
                troubles.withLock { $0.problem = "\(error)" }
            }
        }
        self.thread.withLock { $0 = thread }
    }

    /// Takes every address off, ends the thread and waits for it.
    func stop() {
        orders.withLock { $0.stops = true }
        wakeUp.signal()
        let thread = thread.withLock { thread in
            defer { thread = nil }
            return thread
        }
        thread?.join()
    }

    /// Have on the links exactly what the kernel is to answer for; never waits.
    func follow(_ answers: AnswerTable) {
        orders.withLock { $0.answers = answers }
        wakeUp.signal()
    }

    private func run() throws {
        // Where it is not permitted, the segment loop says so.
        try? DedicatedThread.scheduleRoundRobin(priority: ResponderThread.roundRobinPriority)
        let poll = try EventPoll()
        try poll.add(wakeUp.descriptorNumber, as: 0)
        var work = HostAddressWork(responder: responder, logger: logger)
        while true {
            try poll.wait(timeoutMilliseconds: work.waitMilliseconds(at: .now())) { _ in
                wakeUp.acknowledge()
            }
            let orders = orders.withLock { orders in
                defer { orders.answers = nil }
                return orders
            }
            guard !orders.stops else { return work.end() }
            work.turn(orders.answers, at: .now())
            let troubles = Troubles(failures: work.failures, problem: work.readingError)
            self.troubles.withLock { $0 = troubles }
        }
    }
}

/// The steps in the kernel, and word of them to the responder. Belongs to the thread.
private struct HostAddressWork: ~Copyable {
    private let responder: Responder
    private let logger: Logger
    private var plan: HostAddressPlan
    private var addresses = HostAddresses()
    /// The segment loop turned when it was last looked.
    private var isTrusted = false
    private var hasMore = false
    /// When there is something to do by itself.
    private var due: Instant?
    /// Why an address could not be put on its link.
    private var refusals: [HostAddress: String] = [:]
    /// What was last said of a link, so that it is said once.
    private var complaints: [Int32: String] = [:]
    /// Why the kernel could last not be asked, so that it is said once.
    private(set) var readingError: String?

    init(responder: Responder, logger: Logger) {
        self.responder = responder
        self.logger = logger
        let now = Instant.now()
        plan = HostAddressPlan(at: now, found: nil)
        // What another daemon left is read before anything is wanted.
        read(at: now)
        due = plan.nextDeadline(at: now)
    }

    var failures: [IPAddress: String] {
        Dictionary(
            refusals.map { ($0.key.address, $0.value) }, uniquingKeysWith: { min($0, $1) })
    }

    /// How long nothing is to be done; -1: until there is an order.
    func waitMilliseconds(at now: Instant) -> Int32 {
        guard !hasMore else { return 0 }
        // Whether the segment loop turns is looked at, too.
        let watch = plan.isBusy ? now + responder.turnAgeMax / 2 : nil
        guard let due = [due, watch].compactMap({ $0 }).min() else { return -1 }
        return Int32(clamping: max(0, (due - now).milliseconds + 1))
    }

    mutating func turn(_ answers: AnswerTable?, at now: Instant) {
        let isFresh = responder.isFresh(at: now)
        let isDue = due.map { now >= $0 } ?? false
        guard answers != nil || hasMore || isDue || isFresh != isTrusted else { return }
        isTrusted = isFresh
        if let answers { plan.follow(answers, at: now) }
        if plan.wantsReading(at: now) { read(at: now) }
        let steps = plan.steps(at: now, isTrusted: isTrusted)
        hasMore = steps.count > HostAddressThread.stepsPerTurnMax
        for step in steps.prefix(HostAddressThread.stepsPerTurnMax) { take(step) }
        refusals = refusals.filter { plan.refused.contains($0.key) }
        due = plan.nextDeadline(at: now)
    }

    /// Without an answer what was known stands: the next reading is soon.
    private mutating func read(at now: Instant) {
        do throws(SystemCallError) {
            plan.found(try addresses.read(), at: now)
            responder.kernelAnswers(for: plan.present.union(plan.foreign))
            guard readingError != nil else { return }
            readingError = nil
            logger.notice("the addresses on links can be read again")
        } catch {
            plan.missedReading(at: now)
            let text = "\(error)"
            guard readingError != text else { return }
            readingError = text
            logger.error("the addresses on links cannot be read", metadata: ["error": "\(text)"])
        }
    }

    mutating func end() {
        for step in plan.lastSteps { take(step) }
    }

    private mutating func take(_ step: HostAddressPlan.Step) {
        do throws(SystemCallError) {
            switch step {
            case .remove(let address):
                responder.kernelAnswers(for: address, false)
                try addresses.remove(address)
            case .add(let address):
                try addresses.add(address)
                announce(address)
            case .refresh(let address): try addresses.refresh(address)
            }
            plan.took(step)
        } catch {
            failed(step, error)
        }
    }

    private func announce(_ address: HostAddress) {
        responder.kernelAnswers(for: address, true)
        let frame = OutgoingFrame(
            kind: .announcement, address: address.address, link: address.link)
        // A frame that finds no room is the schedule's, which comes again.
        _ = responder.orders.send([frame])
    }

    private mutating func failed(_ step: HostAddressPlan.Step, _ error: SystemCallError) {
        let isForeign = error.errno == EEXIST
        plan.couldNotTake(step, isForeign: isForeign, at: .now())
        guard case .add(let address) = step else {
            return logger.warning(
                "an address on a link cannot be changed", metadata: ["error": "\(error)"])
        }
        // The kernel answers for it all the same.
        if isForeign { announce(address) } else { refusals[address] = "\(error)" }
        let reason = "\(error.call) \(error.errno)"
        guard complaints.updateValue(reason, forKey: address.link) != reason else { return }
        logger.error(
            isForeign
                ? "an address of mode: address is on the link, and not by Herald: it stays when it is lost"
                : "an address cannot be put on its link",
            metadata: ["address": "\(address.address)", "error": "\(error)"])
    }
}
