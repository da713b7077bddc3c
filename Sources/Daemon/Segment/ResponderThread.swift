import Addressing
import LinkLayer
import Logging
import Timing
import Wire

/// The responder's thread: its links and its loop. Made, run and ended on that thread.
struct ResponderThread: ~Copyable {
    /// Queued frames that are sent before what is asked has a turn.
    static let framesPerTurnMax = 64
    /// The lowest real-time priority: an answer that comes late is taken for none.
    static let roundRobinPriority: Int32 = 1
    /// How long after a link could not be opened, or was given up, it is tried again.
    static let reopenInterval: Duration = .seconds(1)
    /// A wait that was shorter was none: frames follow each other.
    private static let sleepMin: Duration = .microseconds(2)
    /// Longer than any frame that is sent of its own accord.
    static let bufferBytes = 128
    /// `ResponderOrders`; a link's sockets are watched under its index, which is positive, and what
    /// they hear, in the upper half.
    private static let ordersToken: UInt64 = 0

    /// What a link's socket hears.
    private enum Traffic: UInt64 {
        case arp, discovery, ping, pingIPv6

        func token(_ link: Link) -> UInt64 {
            rawValue << 32 | UInt64(link.index)
        }
    }

    private let responder: Responder
    private let poll: EventPoll
    private var waiting = WaitingFrames()
    /// Nil: without real-time priority.
    private var share: RealTimeShare? = RealTimeShare()
    private let buffer: UnsafeMutableRawBufferPointer
    private var links: [AnnouncingLink] = []
    /// The links to listen on, whether they could be opened or not.
    private var wanted: [Link] = []
    /// Why links are not listened on, by index.
    private var failures: [Int32: String] = [:]
    private var reopensAt = Instant.zero
    private var outgoing: ArraySlice<OutgoingFrame> = []
    private var turnedAt = Instant.zero
    private var isStopped = false

    init(_ responder: Responder) throws {
        self.responder = responder
        let poll = try EventPoll()
        try poll.add(responder.orders.descriptorNumber, as: Self.ordersToken)
        self.poll = poll
        buffer = .allocate(byteCount: Self.bufferBytes, alignment: 16)
    }

    deinit { buffer.deallocate() }

    /// Turns until it is told to stop.
    mutating func run() throws {
        takeRealTimePriority()
        var ready: [UInt64] = []
        ready.reserveCapacity(EventPoll.eventsMax)
        while !isStopped {
            ready.removeAll(keepingCapacity: true)
            try poll.wait(timeoutMilliseconds: timeoutMilliseconds) { ready.append($0) }
            let start = Instant.now()
            let areMany = start - turnedAt < Self.sleepMin
            for token in ready where token != Self.ordersToken { answer(token, areMany: areMany) }
            if ready.contains(Self.ordersToken) { obey(responder.orders.take()) }
            if !failures.isEmpty, Instant.now() >= reopensAt { openMissing() }
            sendSome()
            turnedAt = .now()
            keepToShare(from: start)
        }
    }

    /// Where it is not permitted, the segment loop says so for both.
    private mutating func takeRealTimePriority() {
        do {
            try DedicatedThread.scheduleRoundRobin(priority: Self.roundRobinPriority)
        } catch {
            share = nil
        }
    }

    private mutating func keepToShare(from start: Instant) {
        guard let wasRealTime = share?.isRealTime else { return }
        share?.worked(from: start, until: turnedAt)
        guard let isRealTime = share?.isRealTime, isRealTime != wasRealTime else { return }
        // Giving up what one has is always permitted.
        if isRealTime { takeRealTimePriority() } else { try? DedicatedThread.scheduleOrdinarily() }
    }

    /// Takes what waits in one of the sockets.
    private mutating func answer(_ token: UInt64, areMany: Bool) {
        let index = Int32(truncatingIfNeeded: token)
        guard let link = links.first(where: { $0.link.index == index }),
            let traffic = Traffic(rawValue: token >> 32)
        else { return }
        do {
            switch traffic {
            case .arp:
                try waiting.answer(
                    ARPFrame.self, of: link.socket, on: link, by: responder, areMany: areMany)
            case .discovery:
                try waiting.answer(
                    NDFrame.self, of: link.discoverySocket, on: link, by: responder,
                    areMany: areMany)
            case .ping, .pingIPv6:
                let socket = link.pingSockets[traffic == .ping ? 0 : 1]
                try waiting.answer(
                    EchoRequest.self, of: socket, on: link, by: responder, areMany: areMany)
            }
        } catch {
            giveUp(link, error)
        }
    }

    /// -1, for ever, unless there is something to do by itself.
    private var timeoutMilliseconds: Int32 {
        guard outgoing.isEmpty else { return 0 }
        var wait = Int64.max
        if share?.isRealTime == false { wait = RealTimeShare.calmTime.milliseconds }
        if !failures.isEmpty {
            wait = min(wait, max(0, (reopensAt - Instant.now()).milliseconds) + 1)
        }
        return wait == .max ? -1 : Int32(clamping: wait)
    }

    private mutating func obey(_ orders: ResponderOrders.Waiting) {
        if let links = orders.links { follow(links) }
        outgoing = outgoing.isEmpty ? orders.outgoing[...] : outgoing + orders.outgoing
        isStopped = orders.stops
    }

    /// Opens what is new and closes what is gone; closing can take 20 ms.
    private mutating func follow(_ wanted: [Link]) {
        self.wanted = wanted
        links.removeAll { open in
            !wanted.contains { $0.index == open.link.index && $0.name == open.link.name }
        }
        // libnet refuses a link that is down; its coming up is told again.
        failures = failures.filter { index, _ in
            wanted.contains { $0.index == index && $0.isRunning }
        }
        for open in links {
            open.link = wanted.first { $0.index == open.link.index } ?? open.link
        }
        openMissing()
    }

    private mutating func openMissing() {
        for link in wanted where link.isRunning {
            guard !links.contains(where: { $0.link.index == link.index }) else { continue }
            do {
                let opened = try AnnouncingLink(link, answersPing: responder.answersPing)
                try poll.add(opened.socket.descriptorNumber, as: Traffic.arp.token(link))
                try poll.add(
                    opened.discoverySocket.descriptorNumber, as: Traffic.discovery.token(link))
                for (socket, traffic) in zip(opened.pingSockets, [Traffic.ping, .pingIPv6]) {
                    try poll.add(socket.descriptorNumber, as: traffic.token(link))
                }
                links.append(opened)
                if failures.removeValue(forKey: link.index) != nil {
                    responder.logger.notice(
                        "a link is listened on again", metadata: ["link": "\(link.name)"])
                }
            } catch {
                failed("a link cannot be listened on", link, error)
            }
        }
        responder.noteFailing(failures.keys)
    }

    private mutating func giveUp(_ broken: AnnouncingLink, _ error: any Error) {
        links.removeAll { $0 === broken }
        failed("a link is given up", broken.link, error)
        responder.noteFailing(failures.keys)
    }

    /// Has the link tried again, and says why, but the same not twice.
    private mutating func failed(
        _ message: Logger.Message, _ link: Link, _ error: any Error
    ) {
        reopensAt = .now() + Self.reopenInterval
        let text = "\(error)"
        guard failures.updateValue(text, forKey: link.index) != text else { return }
        Self.complain(responder, message, link, error)
    }

    private mutating func sendSome() {
        for _ in 0..<Self.framesPerTurnMax {
            guard let next = outgoing.popFirst() else { return }
            guard let link = links.first(where: { $0.link.index == next.link }) else { continue }
            do {
                try responder.send(next, on: link, by: buffer)
            } catch {
                Self.complain(responder, "a frame cannot be sent", link.link, error)
            }
        }
    }

    private static func complain(
        _ responder: Responder, _ message: Logger.Message, _ link: Link, _ error: any Error
    ) {
        responder.logger.error(message, metadata: ["link": "\(link.name)", "error": "\(error)"])
    }
}
