import Addressing
import LinkLayer
import Logging
import Ownership
import Synchronization
import Timing
import Wire

/// Keeps this host in the solicited-node group of every IPv6 address on every link that announces
/// it, on a thread of its own (RFC 4291 §2.7.1, RFC 4861 §7.2.1).
///
/// On a thread of its own, for joining waits for the kernel's lock on its links, which others may
/// hold for long, and thousands of groups take a second. Whoever answers for the address now: so a
/// switch that snoops has learnt of every node when one of them takes over.
final class SolicitedGroups: Sendable {
    /// Groups that are joined or left before the thread looks whether others are wanted.
    static let changesPerTurnMax = 64
    /// How long after a group could not be joined it is tried again.
    static let retryInterval: Duration = .seconds(1)

    private struct Orders: Sendable {
        var wanted: [SolicitedAddress]?
        var stops = false
    }

    private let logger: Logger
    private let orders = Mutex(Orders())
    private let wakeUp: WakeUp
    private let thread = Mutex<DedicatedThread?>(nil)

    init(logger: Logger) throws(SystemCallError) {
        self.logger = logger
        wakeUp = try WakeUp()
    }

    /// Starts the thread, in the network namespace of the caller.
    func start() throws(SystemCallError) {
        let thread = try DedicatedThread("IPv6 groups") { [self] in
            do {
                try run()
            } catch {
                logger.error(
                    "IPv6 groups are not joined any more: snooping switches may keep solicitations away",
                    metadata: ["error": "\(error)"])
            }
        }
        self.thread.withLock { $0 = thread }
    }

    /// Leaves everything, ends the thread and waits for it.
    func stop() {
        orders.withLock { $0.stops = true }
        wakeUp.signal()
        let thread = thread.withLock { thread in
            defer { thread = nil }
            return thread
        }
        thread?.join()
    }

    /// Be in the groups of exactly these; never waits.
    func follow(_ addresses: [SolicitedAddress]) {
        orders.withLock { $0.wanted = addresses }
        wakeUp.signal()
    }

    private func run() throws {
        let poll = try EventPoll()
        try poll.add(wakeUp.descriptorNumber, as: 0)
        var work = GroupWork(logger: logger)
        while true {
            try poll.wait(timeoutMilliseconds: work.waitMilliseconds) { _ in wakeUp.acknowledge() }
            let orders = orders.withLock { orders in
                defer { orders.wanted = nil }
                return orders
            }
            guard !orders.stops else { return }
            if let wanted = orders.wanted { work.plan(wanted) }
            work.turn()
        }
    }
}

/// What is joined, and the steps towards what is wanted. Belongs to the groups' thread.
private struct GroupWork: ~Copyable {
    private let logger: Logger
    private let memberships = GroupMemberships()
    private var wanted: Set<LinkGroup> = []
    private var steps: ArraySlice<LinkGroup> = []
    /// Wanted groups that could not be joined.
    private var failed: Set<LinkGroup> = []
    /// Why, by link, so that it is said once.
    private var complaints: [Int32: String] = [:]

    init(logger: Logger) {
        self.logger = logger
    }

    /// How long nothing is to be done; -1: for ever.
    var waitMilliseconds: Int32 {
        guard steps.isEmpty else { return 0 }
        return failed.isEmpty
            ? -1 : Int32(clamping: SolicitedGroups.retryInterval.milliseconds)
    }

    /// Joins come first: a group that is left late costs some frames, one that is joined late an
    /// address.
    mutating func plan(_ addresses: [SolicitedAddress]) {
        wanted = Set(addresses.map { LinkGroup($0.address.solicitedNodeGroup, on: $0.link) })
        let joined = Set(memberships.groups)
        steps = wanted.subtracting(joined).sorted() + joined.subtracting(wanted).sorted()[...]
        failed = []
        let links = Set(wanted.map(\.link))
        complaints = complaints.filter { links.contains($0.key) }
    }

    /// Takes some of the steps, or begins to try again what failed.
    mutating func turn() {
        if steps.isEmpty {
            steps = failed.sorted()[...]
            failed = []
        }
        for _ in 0..<SolicitedGroups.changesPerTurnMax {
            guard let group = steps.popFirst() else { return }
            guard wanted.contains(group) else {
                memberships.leave(group)
                continue
            }
            do throws(SystemCallError) {
                try memberships.join(group)
            } catch {
                failed.insert(group)
                complain(of: group.link, error)
            }
        }
    }

    private mutating func complain(of link: Int32, _ error: SystemCallError) {
        guard complaints[link] == nil else { return }
        complaints[link] = "\(error)"
        logger.warning(
            "IPv6 groups cannot be joined: snooping switches may keep solicitations away",
            metadata: ["error": "\(error)"])
    }
}
