import Addressing
import LinkLayer
import Timing
import Wire

/// Gratuitous ARP frames for the addresses, as a host hears them that says nothing itself.
struct Announcements {
    private let addresses: Set<IPv4Address>
    private let socket: PacketSocket
    private(set) var heard: [Instant] = []

    init(of addresses: [IPv4Address], on link: Link) throws {
        self.addresses = Set(addresses)
        socket = try PacketSocket(for: .arp, on: link, filter: .arp)
    }

    var descriptorNumber: Int32 { socket.descriptorNumber }

    mutating func take(by buffer: UnsafeMutableRawBufferPointer) throws {
        while let bytes = try socket.receive(into: buffer) {
            guard let frame = try? ARPFrame(parsing: bytes), frame.packet.isGratuitous,
                addresses.contains(frame.packet.senderProtocolAddress)
            else { continue }
            heard.append(.now())
        }
    }

    /// The first between these instants, from the first of them on.
    func first(from start: Instant, until end: Instant) -> Duration? {
        heard.first { $0 >= start && $0 < end }.map { $0 - start }
    }
}
