import Addressing
import LinkLayer
import Timing
import Wire

/// Gratuitous ARP frames, or unsolicited neighbor advertisements, for an address, as a host hears
/// them that says nothing itself.
struct Announcements {
    private let address: IPAddress
    private let socket: PacketSocket
    private var heard: [(announcer: LinkAddress, at: Instant)] = []

    init(of address: IPAddress, on link: Link) throws {
        self.address = address
        socket = try PacketSocket(hearing: address.family, on: link)
    }

    var descriptorNumber: Int32 { socket.descriptorNumber }

    mutating func take(by buffer: UnsafeMutableRawBufferPointer) throws {
        while let bytes = try socket.receive(into: buffer) {
            if let announcer = announcer(in: bytes) { heard.append((announcer, .now())) }
        }
    }

    /// Who says unasked that it has the address.
    private func announcer(in bytes: UnsafeRawBufferPointer) -> LinkAddress? {
        switch address {
        case .ipv4(let address):
            guard let frame = try? ARPFrame(parsing: bytes), frame.packet.isGratuitous,
                frame.packet.senderProtocolAddress == address
            else { return nil }
            return frame.packet.senderHardwareAddress
        case .ipv6(let address):
            guard let frame = try? NDFrame(parsing: bytes), frame.receiver == .allNodes,
                case .advertisement(let advertisement) = frame.message,
                advertisement.target == address
            else { return nil }
            return advertisement.targetLinkAddress
        }
    }

    /// How long after `start` and before `end` somebody else than `owner` first announced it.
    func first(notBy owner: LinkAddress?, from start: Instant, until end: Instant) -> Duration? {
        heard.first { $0.announcer != owner && $0.at >= start && $0.at < end }.map { $0.at - start }
    }
}
