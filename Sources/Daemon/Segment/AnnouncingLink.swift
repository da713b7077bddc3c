import Addressing
import LinkLayer
import Wire

/// A link that this node answers and announces on, with its open sockets.
///
/// Belongs to the responder's thread.
final class AnnouncingLink {
    /// As the kernel describes it now; index and name stay while this lives.
    var link: Link
    /// ARP.
    let socket: PacketSocket
    /// Neighbor Discovery.
    let discoverySocket: PacketSocket
    /// Pings, of each family; none where they are not answered.
    let pingSockets: [PacketSocket]
    private let injector: FrameInjector

    init(_ link: Link, answersPing: Bool = false) throws(SystemCallError) {
        self.link = link
        pingSockets =
            answersPing
            ? [
                try PacketSocket(for: .ipv4, on: link, filter: .echoRequests(.ipv4)),
                try PacketSocket(for: .ipv6, on: link, filter: .echoRequests(.ipv6)),
            ] : []
        socket = try PacketSocket(for: .arp, on: link, filter: .arp)
        discoverySocket = try PacketSocket(for: .ipv6, on: link, filter: .neighborDiscovery)
        injector = try FrameInjector(on: link)
    }

    /// Hands the frames to the link, by way of `buffer`.
    ///
    /// - Returns: how many it did not take.
    func inject(
        _ frames: [LinkFrame], by buffer: UnsafeMutableRawBufferPointer
    ) throws(SystemCallError) -> Int {
        var lost = 0
        for frame in frames {
            if try !injector.send(frame.serialize(into: buffer)) { lost += 1 }
        }
        return lost
    }
}
