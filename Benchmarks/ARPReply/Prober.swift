import Addressing
import CLinux
import Glibc
import LinkLayer
import Timing
import Wire

/// Asks for one address over one link and takes the time. Allocates nothing while it asks.
final class Prober {
    /// An answer that takes longer is lost.
    static let answerWait: Duration = .milliseconds(500)
    private static let bufferBytes = 1_536

    private let socket: PacketSocket
    private let poll: EventPoll
    private let address: IPAddress
    private let request: UnsafeRawBufferPointer
    private let buffer = UnsafeMutableRawBufferPointer.allocate(
        byteCount: bufferBytes, alignment: 16)

    /// Opened in the client's namespace, on the thread that calls.
    ///
    /// - Parameters:
    ///   - asker: the address that it asks from, over IPv4.
    ///   - receiver: who is asked, over IPv4; everybody as a rule.
    init(
        on linkName: String, for address: IPAddress, from asker: IPv4Address = Rival.clientsIPv4,
        to receiver: LinkAddress = .broadcast
    ) throws {
        var monitor = try LinkMonitor()
        guard let link = try monitor.read().link(named: linkName) else {
            throw SystemCallError("netlink dump", on: linkName, errno: 19)
        }
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 128, alignment: 16)
        switch address {
        case .ipv4(let wanted):
            socket = try PacketSocket(for: .arp, on: link, filter: .arp)
            var frame = ARPFrame.request(for: wanted, from: link.address, at: asker)
            frame.destination = receiver
            frame.serialize(into: memory)
            request = UnsafeRawBufferPointer(rebasing: memory[..<ARPFrame.byteCount])
        case .ipv6(let wanted):
            socket = try PacketSocket(for: .ipv6, on: link, filter: .neighborDiscovery)
            request = NDFrame.request(for: wanted, from: link.address, at: Rival.clientsIPv6)
                .serialize(into: memory)
        }
        let poll = try EventPoll()
        try poll.add(socket.descriptorNumber, as: 1)
        self.poll = poll
        self.address = address
    }

    deinit {
        buffer.deallocate()
        request.deallocate()
    }

    /// Waits until the address is answered for at all.
    func waitForFirstAnswer() throws {
        let deadline = Instant.now() + .seconds(20)
        while try ask() == nil {
            guard Instant.now() < deadline else {
                throw SystemCallError("ask", on: "\(address)", errno: 110)
            }
        }
    }

    /// The time from request to answer; nil when none came.
    func ask() throws -> Duration? {
        let start = Instant.now()
        _ = try socket.send(request)
        return try waitForAnswers(1) == 1 ? Instant.now() - start : nil
    }

    /// Asks `count` times with `inFlight` requests under way; gives the answers that came.
    func flood(_ count: Int, inFlight: Int) throws -> (answers: Int, took: Duration) {
        let start = Instant.now()
        var (sent, answered) = (0, 0)
        while answered < count {
            while sent < count, sent - answered < inFlight {
                _ = try socket.send(request)
                sent += 1
            }
            let came = try waitForAnswers(1)
            guard came > 0 else { break }
            answered += came
        }
        return (answered, Instant.now() - start)
    }

    /// Asks as fast as one thread can until `end`, and looks at no answer.
    ///
    /// - Returns: how many were sent, and how many answers came.
    func hammer(until end: Instant) throws -> (sent: Int, answers: Int) {
        var batch = FrameBatch(capacity: 128)
        for _ in 0..<FrameBatch.countMax {
            batch.append { room in
                room.copyMemory(from: request)
                return UnsafeRawBufferPointer(rebasing: room[..<request.count])
            }
        }
        _ = try framesHeard()
        var sent = 0
        while Instant.now() < end { sent += batch.count - (try socket.send(batch)) }
        return (sent, try framesHeard())
    }

    /// Until no answer has come for a while.
    func awaitSilence() throws {
        let silence = Int32(50)
        repeat {
            while try socket.receive(into: buffer) != nil {}
        } while try poll.wait(timeoutMilliseconds: silence, { _ in }) > 0
    }

    /// Frames that came to the socket since the last call, kept or not: packet(7), PACKET_STATISTICS.
    private func framesHeard() throws -> Int {
        var counts = tpacket_stats()
        var size = socklen_t(MemoryLayout<tpacket_stats>.size)
        let result = getsockopt(
            socket.descriptorNumber, SOL_PACKET, PACKET_STATISTICS, &counts, &size)
        guard result == 0 else {
            throw SystemCallError("getsockopt(PACKET_STATISTICS)", on: "\(address)", errno: errno)
        }
        return Int(counts.tp_packets)
    }

    /// Takes the answers that wait, at least `count` unless they stay away.
    private func waitForAnswers(_ count: Int) throws -> Int {
        var answers = 0
        let wait = Int32(Self.answerWait.milliseconds)
        while answers < count {
            guard try poll.wait(timeoutMilliseconds: wait, { _ in }) > 0 else { return answers }
            while let bytes = try socket.receive(into: buffer) {
                if isAnswer(bytes) { answers += 1 }
            }
        }
        return answers
    }

    private func isAnswer(_ bytes: UnsafeRawBufferPointer) -> Bool {
        switch address {
        case .ipv4(let wanted):
            guard let packet = try? ARPFrame(parsing: bytes).packet else { return false }
            return packet.operation == .reply && !packet.isGratuitous
                && packet.senderProtocolAddress == wanted
        case .ipv6(let wanted):
            guard let frame = try? NDFrame(parsing: bytes),
                case .advertisement(let advertisement) = frame.message
            else { return false }
            return advertisement.target == wanted && advertisement.flags.contains(.solicited)
        }
    }
}
