import Addressing
import LinkLayer
import Logging
import Ownership
import Timing
import Wire

/// Hellos to and from the wire: a socket on each announcing link, datagrams sealed and opened with
/// the cluster's keys.
///
/// Belongs to the segment loop's thread.
struct HelloTraffic: ~Copyable {
    /// Datagrams that one turn takes from all links; a turn that took as many is followed by a
    /// pause, so that a flood gets a share of a core and what is over it is lost in the kernel.
    static let datagramsPerTurnMax = 256
    static let pauseAfterFullTurn: Duration = .milliseconds(5)
    /// How long after a socket could not be opened, or was given up, it is tried again.
    static let reopenInterval: Duration = .seconds(1)
    /// A byte more than the longest hello, so that a longer one shows.
    private static let bufferBytes = HelloLayout.datagramBytesMax + 1
    /// Sockets are watched under this plus their link's index.
    static let tokenBase: UInt64 = 1 << 32

    /// A hello of a peer: authenticated, of this cluster, from a neighbour.
    struct Arrival {
        let hello: Hello
        let link: Int32
        let source: IPAddress
    }

    private let ledger: HelloLedger
    private let logger: Logger
    private let buffer: UnsafeMutableRawBufferPointer
    private var sockets: [HelloSocket] = []
    private var keyring: HelloKeyring?
    /// The links to speak on, whether a socket could be opened or not.
    private var wanted: [Link] = []
    /// Why sockets are missing, by the link's name.
    private var failures: [String: String] = [:]
    private var reopensAt = Instant.zero
    /// Until then nothing is read; nil when everything is.
    private var pausedUntil: Instant?
    private var ignoresBefore = Instant.zero

    init(ledger: HelloLedger, logger: Logger) {
        self.ledger = ledger
        self.logger = logger
        buffer = .allocate(byteCount: Self.bufferBytes, alignment: 8)
    }

    deinit { buffer.deallocate() }

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
            !links.contains { $0.index == open.link.index && $0.name == open.link.name }
        }
        failures = failures.filter { name, _ in links.contains { $0.name == name } }
        openMissing(poll)
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
            guard !sockets.contains(where: { $0.link.index == link.index }) else { continue }
            do throws(SystemCallError) {
                let socket = try HelloSocket(on: link)
                sockets.append(socket)
                if pausedUntil == nil { watch(socket, poll) }
                if failures.removeValue(forKey: link.name) != nil {
                    logger.notice("hellos are exchanged again", metadata: ["link": "\(link.name)"])
                }
            } catch {
                failed(link, error)
            }
        }
        ledger.failing(failures)
    }

    private mutating func watch(_ socket: HelloSocket, _ poll: borrowing EventPoll) {
        do throws(SystemCallError) {
            let token = Self.tokenBase + UInt64(socket.link.index)
            try poll.add(socket.descriptorNumber, as: token)
        } catch {
            giveUp(socket, error)
        }
    }

    private mutating func giveUp(_ socket: HelloSocket, _ error: SystemCallError) {
        sockets.removeAll { $0 === socket }
        failed(socket.link, error)
        ledger.failing(failures)
    }

    /// Has the link tried again, and says why, but the same not twice.
    private mutating func failed(_ link: Link, _ error: SystemCallError) {
        reopensAt = .now() + Self.reopenInterval
        let text = "\(error)"
        guard failures.updateValue(text, forKey: link.name) != text else { return }
        logger.error(
            "no hellos on a link", metadata: ["link": "\(link.name)", "error": "\(text)"])
    }

    // MARK: - Datagrams

    /// Sends one hello to each of these peers.
    mutating func send(_ hello: Hello, to targets: [IPAddress], link: Int32) {
        guard let keyring, let socket = sockets.first(where: { $0.link.index == link }) else {
            return
        }
        let datagram = keyring.seal(hello)
        var (sent, unsent) = (0, 0)
        do throws(SystemCallError) {
            for case .ipv4(let target) in targets {
                if try socket.send(datagram, to: target) { sent += 1 } else { unsent += 1 }
            }
        } catch {
            giveUp(socket, error)
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
        var isFull = false
        for socket in sockets {
            do throws(SystemCallError) {
                let taken = try take(share, from: socket, into: &arrivals, accepts: accepts)
                isFull = isFull || taken == share
            } catch {
                giveUp(socket, error)
            }
        }
        if isFull { pause(poll) }
        return arrivals
    }

    /// How many datagrams there were.
    private func take(
        _ share: Int, from socket: HelloSocket, into arrivals: inout [Arrival],
        accepts: (IPAddress, Int32) -> Bool
    ) throws(SystemCallError) -> Int {
        for taken in 0..<share {
            guard let datagram = try socket.receive(into: buffer) else { return taken }
            guard let keyring, datagram.received >= ignoresBefore else { continue }
            let source = IPAddress.ipv4(datagram.source)
            guard accepts(source, socket.link.index) else {
                ledger.refused(.unknownPeer, from: nil, at: datagram.received)
                continue
            }
            do throws(HelloRefusal) {
                let bytes = UnsafeRawBufferPointer(
                    rebasing: buffer[..<min(datagram.length, buffer.count)])
                let hello = try keyring.open(bytes, hopLimit: datagram.timeToLive)
                arrivals.append(Arrival(hello: hello, link: socket.link.index, source: source))
            } catch {
                ledger.refused(error, from: source, at: datagram.received)
            }
        }
        return share
    }

    /// The poll would report at once again what the turn left.
    private mutating func pause(_ poll: borrowing EventPoll) {
        pausedUntil = .now() + Self.pauseAfterFullTurn
        for socket in sockets {
            do throws(SystemCallError) {
                try poll.remove(socket.descriptorNumber)
            } catch {
                giveUp(socket, error)
            }
        }
    }
}
