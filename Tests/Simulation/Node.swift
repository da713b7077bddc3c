import Addressing
import Ownership
import Timing
import Wire

/// A host and the daemon on it: the real `Ownership` value, and around it what the segment loop,
/// the responder, the kernel and the disk do.
struct Node: Sendable {
    /// What waits in the sockets of a process that does not run.
    enum Arrival: Sendable {
        case hello(Letter, link: Int32, from: Int)
        case frame(Frame)
    }

    let index: Int
    /// The name in the API; a twin has another node's.
    let name: String
    /// The daemon runs.
    var isRunning = false
    /// The daemon's value; of no meaning while it does not run.
    var ownership: Ownership
    var clock: NodeClock
    /// Grows with each start and end of the process: what belongs to an older one is void.
    var generation = 0
    /// On disk.
    var incarnation: UInt32 = 0
    /// On disk: `heraldctl drain`.
    var isDrained = false
    /// How many faults keep the daemon, and the host, from running.
    var daemonHolds = 0
    var hostHolds = 0
    /// How many faults keep the process, the machine, and the segment loop alone from running.
    var pauses = 0
    var stuns = 0
    var stalls = 0
    /// Carrier faults by link.
    var unplugged: [Int]
    var inbox: [Arrival] = []
    /// Routine hellos that wait for the loop's next turn.
    var routine: [OwnershipEvent] = []
    /// Questions that wait for the responder.
    var questions: [Frame] = []
    /// What the responder answers for.
    var table = AnswerTable.empty
    /// The segment loop's last turn: the responder's guard.
    var lastTurn = Instant.zero
    /// The deadline that an occurrence is under way for, and that occurrence's number.
    var timerDeadline: Instant?
    var timerNumber = 0
    var hasOtherKey = false
    var isLeaving = false
    /// What the loop was told of links, drain and SIGTERM.
    var toldLinks = LinkTable()
    var toldDrained = false
    var toldLeaving = false
    var subscription = Subscription()
    /// The digest of the claims that it stated last.
    var saidDigest: UInt64 = 0
    /// The numbers of the addresses that observers believe to be answered for.
    var answered: Set<Int> = []

    init(index: Int, name: String, links: Int, clock: NodeClock) {
        self.index = index
        self.name = name
        self.clock = clock
        ownership = Ownership(configuration: .init(node: name), incarnation: 0, at: .zero)
        unplugged = Array(repeating: 0, count: links)
    }

    /// What a socket buffer holds of 1,200-byte datagrams.
    static let inboxMax = 256
    static let questionsMax = 64

    // What is asked of the value all the time: mutating, for reading through an array would copy it.

    mutating func handle(_ event: OwnershipEvent, at instant: Instant) -> [OwnershipEffect] {
        ownership.handle(event, at: instant)
    }

    mutating func handle(_ events: [OwnershipEvent], at instant: Instant) -> [OwnershipEffect] {
        ownership.handle(events, at: instant)
    }

    mutating func readIsQuiet() -> Bool { ownership.isQuiet }

    mutating func readIsStarting() -> Bool { ownership.isStarting }

    mutating func readDeadline() -> Instant? { ownership.nextDeadline }

    mutating func accepts(_ source: IPAddress, on link: Int32) -> Bool {
        ownership.acceptsHello(from: source, on: link)
    }

    var isFrozen: Bool { pauses > 0 || stuns > 0 }
    var loopRuns: Bool { isRunning && !isFrozen && stalls == 0 }
    var responderRuns: Bool { isRunning && !isFrozen }

    /// The responder's guard: the segment loop turned lately.
    ///
    /// One period short of the detection time: others count from the last hello that was sent, and
    /// the last turn may be a period younger than that.
    func isGuardOpen(at moment: Moment, profile: HelloProfile) -> Bool {
        clock.read(at: moment) - lastTurn < Self.guardTime(profile)
    }

    static func guardTime(_ profile: HelloProfile) -> Duration {
        profile.period * (profile.misses - 1)
    }

    /// The addresses that a question would be answered for now.
    func answered(at moment: Moment, profile: HelloProfile) -> [AnswerTable.Entry] {
        guard responderRuns, isGuardOpen(at: moment, profile: profile) else { return [] }
        let instant = clock.read(at: moment)
        return table.entries.filter { entry in
            unplugged[Names.link(ofIndex: entry.link)] == 0
                && entry.until.map { instant < $0 } ?? true
        }
    }

    /// Links and routes as netlink would tell them; a client is the gateway of every link.
    func linkTable(gateway station: Int) -> LinkTable {
        var table = LinkTable()
        for link in unplugged.indices {
            let address = Names.interfaceAddress(station: index, link: link)
            table.links.append(
                Link(
                    index: Names.linkIndex(link), name: Names.link(link),
                    address: Names.linkAddress(station: index, link: link),
                    isRunning: unplugged[link] == 0,
                    interfaceAddresses: [.init(address, prefixLength: 16)]))
            table.routes.append(
                Route(
                    destination: Prefix(address, length: 16), linkIndex: Names.linkIndex(link)))
        }
        for link in unplugged.indices {
            table.routes.append(
                Route(
                    destination: Prefix(.ipv4(.any), length: 0),
                    gateway: Names.interfaceAddress(station: station, link: link),
                    linkIndex: Names.linkIndex(link), metric: UInt32(link)))
        }
        for prefix in Names.allocatedPrefixes {
            table.routes.append(Route(destination: prefix, linkIndex: Names.linkIndex(0)))
        }
        return table
    }
}

/// A hello under way: one object, however many receive it.
final class Letter: Sendable {
    let hello: Hello
    let hasOtherKey: Bool

    init(_ hello: Hello, hasOtherKey: Bool) {
        self.hello = hello
        self.hasOtherKey = hasOtherKey
    }
}

/// An ARP packet or Neighbor Discovery message under way: one object, however many receive it.
indirect enum Frame: Sendable {
    /// Both forms of a gratuitous ARP, or an unsolicited advertisement, of each address.
    case announcement([IPAddress], link: Int32, from: Int)
    /// A request by broadcast, or by unicast to one station.
    case question(Question)
    /// A reply by unicast; `sample` is the number of the question that it answers.
    case answer(IPAddress, link: Int32, from: Int, sample: Int?)

    struct Question: Sendable {
        let address: IPAddress
        let link: Int32
        let from: Int
        /// The asker's own address; nil in a probe.
        let asker: IPAddress?
        let sample: Int?
    }
}
