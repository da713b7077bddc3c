import Addressing
import LinkLayer
import Timing
import Wire

/// "Who has the address?", asked by ARP again and again, and who answered each time.
///
/// Requests are told apart by their sender's address, one of few (198.18.0.0/15, RFC 2544), so that
/// a kernel that answers does not fill its neighbour table with them.
struct Questions {
    static let senders = 128

    private let address: IPv4Address
    private let link: Link
    private let socket: PacketSocket
    private(set) var samples = Samples()
    /// By request; of each the link addresses that answered.
    private var answers: [[LinkAddress]] = []

    init(of address: IPv4Address, on link: Link) throws {
        self.address = address
        self.link = link
        socket = try PacketSocket(for: .arp, on: link, filter: .arp)
    }

    var descriptorNumber: Int32 { socket.descriptorNumber }

    mutating func ask(by buffer: UnsafeMutableRawBufferPointer) throws {
        let offset = UInt32(samples.sent.count % Self.senders)
        let sender = IPv4Address(bits: Self.base + offset)
        ARPFrame.request(for: address, from: link.address, at: sender).serialize(into: buffer)
        samples.ask(at: .now())
        answers.append([])
        _ = try socket.send(UnsafeRawBufferPointer(rebasing: buffer[..<ARPFrame.byteCount]))
    }

    mutating func takeAnswers(by buffer: UnsafeMutableRawBufferPointer) throws {
        while let bytes = try socket.receive(into: buffer) {
            guard let frame = try? ARPFrame(parsing: bytes), frame.destination == link.address,
                frame.packet.operation == .reply, frame.packet.senderProtocolAddress == address,
                case let bits = frame.packet.targetProtocolAddress.bits, bits >= Self.base,
                let index = samples.latest(
                    endingIn: Int(bits - Self.base), mask: Self.senders - 1, at: .now())
            else { continue }
            samples.answer(index)
            answers[index].append(frame.packet.senderHardwareAddress)
        }
    }

    private static let base = IPv4Address(198, 18, 0, 0).bits

    /// For how many requests' time two nodes answered, and when they last did, from the start.
    func overlap(in range: Range<Int>) -> (duration: Duration, end: Duration) {
        let both = range.filter { Set(answers[$0]).count > 1 }
        guard let last = both.last else { return (.zero, .zero) }
        let end = samples.sent[last] - samples.sent[range.lowerBound] + Watch.spacing
        return (Watch.spacing * both.count, end)
    }

    /// Who answered, in the order of their first answers.
    func owners(in range: Range<Int>) -> [LinkAddress] {
        var owners: [LinkAddress] = []
        for owner in answers[range].joined() where !owners.contains(owner) { owners.append(owner) }
        return owners
    }

    /// Who answered last before a request.
    func owner(before index: Int) -> LinkAddress? {
        answers[..<index].last { !$0.isEmpty }?.first
    }

    /// How often another node answered than the one before.
    func moves(in range: Range<Int>) -> Int {
        var current = owner(before: range.lowerBound)
        var moves = 0
        for answers in answers[range] {
            guard let first = answers.first else { continue }
            if let current, answers.contains(current) { continue }
            if current != nil { moves += 1 }
            current = first
        }
        return moves
    }
}
