import Addressing
import LinkLayer
import Logging
import Ownership
import Timing
import Wire

/// Hellos to and from the wire: a socket of each family on each announcing link, datagrams sealed and
/// opened with the cluster's keys.
///
/// Belongs to the segment loop's thread.
struct HelloTraffic: ~Copyable {
    /// Datagrams that one turn takes from all links, and how long it may take over them. A turn that
    /// reached either is followed by a pause: a flood gets half of a core at most, whatever a
    /// datagram costs, and what is over it is lost in the kernel, hellos of peers among it. While
    /// the pause lasts, the socket's buffer holds what comes at 50,000 a second.
    static let datagramsPerTurnMax = 1_024
    static let turnDurationMax: Duration = .milliseconds(4)
    static let pauseAfterFullTurn: Duration = .milliseconds(4)
    /// How long after a socket could not be opened, or was given up, it is tried again.
    static let reopenInterval: Duration = .seconds(1)
    /// A byte more than the longest hello, so that a longer one shows.
    private static let bytesMax = HelloLayout.datagramBytesMax + 1
    /// Sockets are watched under this plus their link's index.
    static let tokenBase: UInt64 = 1 << 32
    /// For so long after somebody sent what only looked like a routine hello, or more than fits,
    /// they are read as they come: what strangers send must not crowd out what peers do.
    static let suspicionTime: Duration = .seconds(10)

    /// A hello is no replay when it is newer than the last of its node on its link: of a later
    /// incarnation, or later in the same.
    private struct Newest {
        var incarnation: UInt32
        var sequence: UInt64
    }

    /// Where there is a socket, or should be.
    private struct Place: Hashable {
        let link: String
        let family: AddressFamily
    }

    /// A hello of a peer: authenticated, of this cluster, from a neighbour, no replay.
    struct Arrival {
        let hello: Hello
        let link: Int32
        let source: IPAddress
        let received: Instant
    }

    private let ledger: HelloLedger
    private let logger: Logger
    private var batch = DatagramBatch(capacity: bytesMax)
    private var sockets: [HelloSocket] = []
    private var keyring: HelloKeyring?
    /// The links to speak on, whether a socket could be opened or not.
    private var wanted: [Link] = []
    /// Why sockets are missing.
    private var failures: [Place: String] = [:]
    private var reopensAt = Instant.zero
    /// Until then nothing is read; nil when everything is.
    private var pausedUntil: Instant?
    /// Nobody is woken for routine hellos.
    private(set) var isLeisurely = false
    private var suspiciousUntil = Instant.zero
    private var ignoresBefore = Instant.zero
    /// By link, then node.
    private var newest: [Int32: [String: Newest]] = [:]

    init(ledger: HelloLedger, logger: Logger) {
        self.ledger = ledger
        self.logger = logger
    }

    /// When `turn` is wanted.
    var nextDeadline: Instant? {
        [pausedUntil, failures.isEmpty ? nil : reopensAt].compactMap { $0 }.min()
    }

    /// From now on these keys seal and open; before the first, nothing is said and nothing heard.
    mutating func use(_ keyring: HelloKeyring) {
        self.keyring = keyring
    }

    /// Believes nothing that arrived before: it tells of the time while this node stood still.
    mutating func ignore(before instant: Instant) {
        ignoresBefore = instant
    }

    // MARK: - Sockets

    /// Speaks on exactly these links.
    mutating func follow(_ links: [Link], _ poll: borrowing EventPoll) {
        wanted = links
        sockets.removeAll { open in
            !links.contains {
                $0.index == open.link.index && $0.name == open.link.name
                    && Self.families(of: $0).contains(open.family)
            }
        }
        failures = failures.filter { place, _ in
            links.contains {
                $0.name == place.link && Self.families(of: $0).contains(place.family)
            }
        }
        openMissing(poll)
    }

    /// IPv6 where the link has an address that peers may know.
    private static func families(of link: Link) -> [AddressFamily] {
        let hasIPv6 = link.interfaceAddresses.contains {
            $0.address.family == .ipv6 && !$0.address.isLinkLocal
        }
        return hasIPv6 ? [.ipv4, .ipv6] : [.ipv4]
    }

    /// Does what was put off, if its time has come.
    mutating func turn(at now: Instant, _ poll: borrowing EventPoll) {
        if !failures.isEmpty, now >= reopensAt { openMissing(poll) }
        guard let until = pausedUntil, now >= until else { return }
        pausedUntil = nil
        for socket in sockets { watch(socket, poll) }
    }

    private mutating func openMissing(_ poll: borrowing EventPoll) {
        for link in wanted {
            for family in Self.families(of: link) { openMissing(link, family, poll) }
        }
        tellFailures()
    }

    private mutating func openMissing(
        _ link: Link, _ family: AddressFamily, _ poll: borrowing EventPoll
    ) {
        let isOpen = sockets.contains { $0.link.index == link.index && $0.family == family }
        guard !isOpen else { return }
        do throws(SystemCallError) {
            let socket = try HelloSocket(on: link, family)
            sockets.append(socket)
            if pausedUntil == nil { watch(socket, poll) }
            if failures.removeValue(forKey: Place(link: link.name, family: family)) != nil {
                logger.notice("hellos are exchanged again", metadata: ["link": "\(link.name)"])
            }
        } catch {
            failed(link, family, error)
        }
    }

    private func tellFailures() {
        ledger.failing(
            Dictionary(failures.map { ($0.key.link, $0.value) }, uniquingKeysWith: { min($0, $1) }))
    }

    /// Has routine hellos wait for the next turn from now on, or no more.
    mutating func rest(_ isQuiet: Bool, at now: Instant, _ poll: borrowing EventPoll) {
        let isLeisurely = isQuiet && now >= suspiciousUntil
        guard isLeisurely != self.isLeisurely else { return }
        self.isLeisurely = isLeisurely
        guard pausedUntil == nil else { return }
        for socket in sockets {
            do throws(SystemCallError) {
                if isLeisurely {
                    try poll.remove(socket.routineDescriptorNumber)
                } else {
                    try poll.add(socket.routineDescriptorNumber, as: Self.token(socket))
                }
            } catch {
                giveUp(socket, error)
            }
        }
    }

    private static func token(_ socket: HelloSocket) -> UInt64 {
        tokenBase + UInt64(socket.link.index)
    }

    private mutating func watch(_ socket: HelloSocket, _ poll: borrowing EventPoll) {
        do throws(SystemCallError) {
            try poll.add(socket.descriptorNumber, as: Self.token(socket))
            if !isLeisurely {
                try poll.add(socket.routineDescriptorNumber, as: Self.token(socket))
            }
        } catch {
            giveUp(socket, error)
        }
    }

    private mutating func giveUp(_ socket: HelloSocket, _ error: SystemCallError) {
        sockets.removeAll { $0 === socket }
        failed(socket.link, socket.family, error)
        tellFailures()
    }

    /// Has the link tried again, and says why, but the same not twice.
    private mutating func failed(
        _ link: Link, _ family: AddressFamily, _ error: SystemCallError
    ) {
        reopensAt = .now() + Self.reopenInterval
        let text = "\(error)"
        let place = Place(link: link.name, family: family)
        guard failures.updateValue(text, forKey: place) != text else { return }
        logger.error(
            "no hellos on a link", metadata: ["link": "\(link.name)", "error": "\(text)"])
    }

    // MARK: - Datagrams

    /// Sends one hello to each of these peers.
    mutating func send(_ hello: Hello, to targets: [IPAddress], link: Int32) {
        let open = sockets.filter { $0.link.index == link }
        guard let keyring, !open.isEmpty else { return }
        let datagram = keyring.seal(hello)
        var (sent, unsent) = (0, 0)
        for socket in open {
            do throws(SystemCallError) {
                for target in targets where target.family == socket.family {
                    if try socket.send(datagram, to: target) { sent += 1 } else { unsent += 1 }
                }
            } catch {
                giveUp(socket, error)
            }
        }
        ledger.sent(sent, unsent: unsent)
    }

    /// Takes what waits, up to the turn's budget, and opens what comes from a peer.
    ///
    /// - Parameter accepts: whether a source is worth an HMAC, on which link.
    mutating func take(
        _ poll: borrowing EventPoll, accepts: (IPAddress, Int32) -> Bool
    ) -> [Arrival] {
        guard pausedUntil == nil, !sockets.isEmpty else { return [] }
        var arrivals: [Arrival] = []
        let share = max(1, Self.datagramsPerTurnMax / sockets.count)
        let until = Instant.now() + Self.turnDurationMax
        var isFull = false
        // The routine ones first: no later one of the same peer may overtake them.
        for isRoutine in [true, false] {
            for socket in sockets {
                do throws(SystemCallError) {
                    let known = arrivals.count
                    let taken = try take(
                        isRoutine, share, until: until, from: socket, into: &arrivals,
                        accepts: accepts)
                    isFull = isFull || taken == nil
                    if isRoutine, taken != arrivals.count - known { suspect() }
                } catch {
                    giveUp(socket, error)
                }
            }
        }
        if isFull { pause(poll) }
        return arrivals
    }

    private mutating func suspect() {
        suspiciousUntil = .now() + Self.suspicionTime
    }

    /// How many datagrams there were; nil when the share, or the time, was used up before all were
    /// taken.
    private mutating func take(
        _ isRoutine: Bool, _ share: Int, until: Instant, from socket: HelloSocket,
        into arrivals: inout [Arrival], accepts: (IPAddress, Int32) -> Bool
    ) throws(SystemCallError) -> Int? {
        var taken = 0
        for _ in 0..<max(1, share / DatagramBatch.countMax) {
            try socket.receive(into: &batch, routine: isRoutine)
            taken += batch.count
            for index in 0..<batch.count {
                if let arrival = open(index, socket.link.index, accepts) {
                    arrivals.append(arrival)
                }
            }
            if batch.count < DatagramBatch.countMax { return taken }
            // What the kernel gave at once is taken in any case.
            if Instant.now() >= until { return nil }
        }
        return nil
    }

    /// What a datagram of the batch says, nil when it says nothing that counts.
    private mutating func open(
        _ index: Int, _ link: Int32, _ accepts: (IPAddress, Int32) -> Bool
    ) -> Arrival? {
        let datagram = batch.datagram(index)
        guard let keyring, datagram.received >= ignoresBefore else { return nil }
        let source = datagram.source
        guard accepts(source, link) else {
            ledger.refused(.unknownPeer, from: nil, at: datagram.received)
            return nil
        }
        do throws(HelloRefusal) {
            let hello = try keyring.open(batch.bytes(index), hopLimit: datagram.timeToLive)
            guard !isReplay(hello, on: link) else {
                ledger.refused(.replayed, from: nil, at: datagram.received)
                return nil
            }
            return Arrival(
                hello: hello, link: link, source: source, received: datagram.received)
        } catch {
            ledger.refused(error, from: source, at: datagram.received)
            return nil
        }
    }

    /// As `Ownership` judges it, but before all that follows from an event; one that was overtaken a
    /// moment ago is left to it.
    private mutating func isReplay(_ hello: Hello, on link: Int32) -> Bool {
        if let last = newest[link]?[hello.node],
            (hello.incarnation, hello.sequence) <= (last.incarnation, last.sequence)
        {
            return hello.incarnation < last.incarnation
                || hello.sequence + Ownership.overtakenMax <= last.sequence
        }
        newest[link, default: [:]][hello.node] = Newest(
            incarnation: hello.incarnation, sequence: hello.sequence)
        return false
    }

    /// The poll would report at once again what the turn left.
    private mutating func pause(_ poll: borrowing EventPoll) {
        pausedUntil = .now() + Self.pauseAfterFullTurn
        for socket in sockets {
            do throws(SystemCallError) {
                try poll.remove(socket.descriptorNumber)
                if !isLeisurely { try poll.remove(socket.routineDescriptorNumber) }
            } catch {
                giveUp(socket, error)
            }
        }
    }
}
