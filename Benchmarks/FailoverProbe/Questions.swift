import Addressing
import LinkLayer
import Timing
import Wire

/// Requests that are told apart by their sender's address (198.18.0.0/15, RFC 2544), and who
/// answered each.
struct Questions {
    /// As many as there are sender addresses.
    static let countMax = 1 << 17

    private let address: IPv4Address
    private let link: Link
    private let count: Int
    private var sent: [Instant] = []
    /// By request; of each the link addresses that answered.
    private var answers: [[LinkAddress]]

    init(of address: IPv4Address, on link: Link, count: Int) {
        self.address = address
        self.link = link
        self.count = count
        answers = Array(repeating: [], count: count)
    }

    mutating func ask(spacing: Duration, patience: Duration) throws {
        let socket = try PacketSocket(for: .arp, on: link, filter: .arp)
        let poll = try EventPoll()
        let timer = try DeadlineTimer()
        try poll.add(socket.descriptorNumber, as: 1)
        try poll.add(timer.descriptorNumber, as: 0)
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 256, alignment: 16)
        defer { buffer.deallocate() }
        var due = Instant.now()
        var end = due + spacing * count + patience
        while Instant.now() < end {
            try timer.arm(at: sent.count < count ? due : end)
            try poll.wait { _ in }
            while let bytes = try socket.receive(into: buffer) { take(bytes) }
            guard sent.count < count, Instant.now() >= due else { continue }
            try send(by: socket, buffer)
            due = due + spacing
            end = max(end, Instant.now() + patience)
        }
    }

    private mutating func send(
        by socket: PacketSocket, _ buffer: UnsafeMutableRawBufferPointer
    ) throws {
        let sender = IPv4Address(bits: IPv4Address(198, 18, 0, 0).bits + UInt32(sent.count))
        ARPFrame.request(for: address, from: link.address, at: sender).serialize(into: buffer)
        sent.append(.now())
        _ = try socket.send(UnsafeRawBufferPointer(rebasing: buffer[..<ARPFrame.byteCount]))
    }

    private mutating func take(_ bytes: UnsafeRawBufferPointer) {
        guard let frame = try? ARPFrame(parsing: bytes), frame.destination == link.address,
            frame.packet.operation == .reply, frame.packet.senderProtocolAddress == address
        else { return }
        let base = IPv4Address(198, 18, 0, 0).bits
        let bits = frame.packet.targetProtocolAddress.bits
        guard bits >= base, Int(bits - base) < sent.count else { return }
        answers[Int(bits - base)].append(frame.packet.senderHardwareAddress)
    }

    /// The longest run of unanswered requests: their number, and the time from the first of them to
    /// the first that was answered again.
    private var outage: (requests: Int, duration: Duration) {
        var longest = (requests: 0, duration: Duration.zero)
        var start: Int?
        for index in 0...sent.count {
            if index < sent.count, answers[index].isEmpty {
                start = start ?? index
            } else if let first = start {
                let until = index < sent.count ? sent[index] : sent[index - 1]
                if index - first > longest.requests {
                    longest = (index - first, until - sent[first])
                }
                start = nil
            }
        }
        return longest
    }

    /// From the first to the last request that two nodes answered.
    private var overlap: Duration {
        let both = sent.indices.filter { Set(answers[$0]).count > 1 }
        guard let first = both.first, let last = both.last else { return .zero }
        return sent[last] - sent[first] + FailoverProbe.spacing
    }

    var json: String {
        let owners = answers.flatMap { $0 }.reduce(into: [LinkAddress]()) { owners, owner in
            if owners.last != owner, !owners.contains(owner) { owners.append(owner) }
        }
        let unanswered = sent.indices.count { answers[$0].isEmpty }
        let list = owners.map { "\"\($0)\"" }.joined(separator: ",")
        return "{\"requests\":\(sent.count),\"unanswered\":\(unanswered),"
            + "\"outageMilliseconds\":\(outage.duration.milliseconds),"
            + "\"outageRequests\":\(outage.requests),"
            + "\"twoAnsweredMilliseconds\":\(overlap.milliseconds),\"owners\":[\(list)]}"
    }
}
