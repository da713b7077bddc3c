import Addressing
import LinkLayer
import Timing
import Wire

/// Gratuitous ARP frames for an address, as a host hears them that says nothing itself.
struct Announcements {
    private let address: IPv4Address
    private let socket: PacketSocket
    private var heard: [(announcer: LinkAddress, at: Instant)] = []

    init(of address: IPv4Address, on link: Link) throws {
        self.address = address
        socket = try PacketSocket(for: .arp, on: link, filter: .arp)
    }

    var descriptorNumber: Int32 { socket.descriptorNumber }

    mutating func take(by buffer: UnsafeMutableRawBufferPointer) throws {
        while let bytes = try socket.receive(into: buffer) {
            guard let frame = try? ARPFrame(parsing: bytes), frame.packet.isGratuitous,
                frame.packet.senderProtocolAddress == address
            else { continue }
            heard.append((frame.packet.senderHardwareAddress, .now()))
        }
    }

    /// How long after `start` and before `end` somebody else than `owner` first announced it.
    func first(notBy owner: LinkAddress?, from start: Instant, until end: Instant) -> Duration? {
        heard.first { $0.announcer != owner && $0.at >= start && $0.at < end }.map { $0.at - start }
    }
}
