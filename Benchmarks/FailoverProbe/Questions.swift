import Addressing
import LinkLayer
import Timing
import Wire

/// "Who has the address?", asked by ARP or Neighbor Discovery again and again, and who answered each
/// time.
///
/// Requests are told apart by their sender's address, one of few (198.18.0.0/15, RFC 2544;
/// 2001:2::/48, RFC 5180), so that a kernel that answers does not fill its neighbour table with them.
struct Questions {
    static let senders = 128

    private let address: IPAddress
    private let link: Link
    private let socket: PacketSocket
    private(set) var samples = Samples()
    /// By request; of each the link addresses that answered.
    private var answers: [[LinkAddress]] = []

    init(of address: IPAddress, on link: Link) throws {
        self.address = address
        self.link = link
        socket = try PacketSocket(hearing: address.family, on: link)
    }

    var descriptorNumber: Int32 { socket.descriptorNumber }

    mutating func ask(by buffer: UnsafeMutableRawBufferPointer) throws {
        let offset = samples.sent.count % Self.senders
        let bytes =
            switch address {
            case .ipv4(let address):
                write(
                    .request(
                        for: address, from: link.address,
                        at: IPv4Address(bits: Self.base + UInt32(offset))), to: buffer)
            case .ipv6(let address):
                NDFrame.request(
                    for: address, from: link.address,
                    at: IPv6Address(bits: Self.baseIPv6 + UInt128(offset))
                ).serialize(into: buffer)
            }
        samples.ask(at: .now())
        answers.append([])
        _ = try socket.send(bytes)
    }

    private func write(
        _ frame: ARPFrame, to buffer: UnsafeMutableRawBufferPointer
    ) -> UnsafeRawBufferPointer {
        frame.serialize(into: buffer)
        return UnsafeRawBufferPointer(rebasing: buffer[..<ARPFrame.byteCount])
    }

    mutating func takeAnswers(by buffer: UnsafeMutableRawBufferPointer) throws {
        while let bytes = try socket.receive(into: buffer) {
            guard let (offset, owner) = answer(in: bytes),
                let index = samples.latest(
                    endingIn: offset, mask: Self.senders - 1, at: .now())
            else { continue }
            samples.answer(index)
            answers[index].append(owner)
        }
    }

    /// Which request it answers, by its sender, and who does.
    private func answer(in bytes: UnsafeRawBufferPointer) -> (Int, LinkAddress)? {
        switch address {
        case .ipv4(let address):
            guard let frame = try? ARPFrame(parsing: bytes), frame.destination == link.address,
                frame.packet.operation == .reply, frame.packet.senderProtocolAddress == address,
                case let bits = frame.packet.targetProtocolAddress.bits, bits >= Self.base,
                bits < Self.base + UInt32(Self.senders)
            else { return nil }
            return (Int(bits - Self.base), frame.packet.senderHardwareAddress)
        case .ipv6(let address):
            guard let frame = try? NDFrame(parsing: bytes), frame.destination == link.address,
                case .advertisement(let advertisement) = frame.message,
                advertisement.target == address, let owner = advertisement.targetLinkAddress,
                case let bits = frame.receiver.bits, bits >= Self.baseIPv6,
                bits < Self.baseIPv6 + UInt128(Self.senders)
            else { return nil }
            return (Int(bits - Self.baseIPv6), owner)
        }
    }

    private static let base = IPv4Address(198, 18, 0, 0).bits
    /// 2001:2::.
    private static let baseIPv6: UInt128 = 0x2001_0002 << 96

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

extension PacketSocket {
    /// Hears who asks for addresses of this family, and who answers or announces.
    convenience init(hearing family: AddressFamily, on link: Link) throws(SystemCallError) {
        switch family {
        case .ipv4: try self.init(for: .arp, on: link, filter: .arp)
        case .ipv6: try self.init(for: .ipv6, on: link, filter: .neighborDiscovery)
        }
    }
}
