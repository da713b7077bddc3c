import Addressing
import LinkLayer
import Timing
import Wire

/// Asks for one address over one link and takes the time. Allocates nothing while it asks.
final class Prober {
    /// An answer that takes longer is lost.
    static let answerWait: Duration = .milliseconds(500)

    private let socket: PacketSocket
    private let poll: EventPoll
    private let request: ARPFrame
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 256, alignment: 16)

    /// Opened in the client's namespace, on the thread that calls.
    init(_ rival: Rival) throws {
        var monitor = try LinkMonitor()
        guard let link = try monitor.read().link(named: rival.clientLink) else {
            throw SystemCallError("netlink dump", on: rival.clientLink, errno: 19)
        }
        socket = try PacketSocket(for: .arp, on: link, filter: .arp)
        let poll = try EventPoll()
        try poll.add(socket.descriptorNumber, as: 1)
        self.poll = poll
        request = .request(
            for: rival.address, from: link.address, at: IPv4Address(192, 0, 2, 1))
    }

    deinit { buffer.deallocate() }

    /// Waits until the rival answers at all.
    func waitForFirstAnswer() throws {
        let deadline = Instant.now() + .seconds(10)
        while try ask() == nil {
            guard Instant.now() < deadline else {
                throw SystemCallError(
                    "ask", on: "\(request.packet.targetProtocolAddress)", errno: 110)
            }
        }
    }

    /// The time from request to answer; nil when none came.
    func ask() throws -> Duration? {
        let start = Instant.now()
        try send()
        return try waitForAnswers(1) == 1 ? Instant.now() - start : nil
    }

    /// Asks `count` times with `inFlight` requests under way; gives the answers that came.
    func flood(_ count: Int, inFlight: Int) throws -> (answers: Int, took: Duration) {
        let start = Instant.now()
        var (sent, answered) = (0, 0)
        while answered < count {
            while sent < count, sent - answered < inFlight {
                try send()
                sent += 1
            }
            let came = try waitForAnswers(1)
            guard came > 0 else { break }
            answered += came
        }
        return (answered, Instant.now() - start)
    }

    private func send() throws {
        request.serialize(into: buffer)
        let bytes = UnsafeRawBufferPointer(rebasing: buffer[..<ARPFrame.byteCount])
        _ = try socket.send(bytes)
    }

    /// Takes the answers that wait, at least `count` unless they stay away.
    private func waitForAnswers(_ count: Int) throws -> Int {
        var answers = 0
        let wait = Int32(Self.answerWait.milliseconds)
        while answers < count {
            guard try poll.wait(timeoutMilliseconds: wait, { _ in }) > 0 else { return answers }
            while let bytes = try socket.receive(into: buffer) {
                let packet = try ARPFrame(parsing: bytes).packet
                let isAnswer =
                    packet.operation == .reply && !packet.isGratuitous
                    && packet.senderProtocolAddress == request.packet.targetProtocolAddress
                if isAnswer { answers += 1 }
            }
        }
        return answers
    }
}
