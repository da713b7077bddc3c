import Addressing
import LinkLayer
import Wire

/// A link that this node answers and announces on, with its open sockets.
///
/// Belongs to the responder's thread.
final class AnnouncingLink {
    /// As the kernel describes it now; index and name stay while this lives.
    var link: Link
    let socket: PacketSocket
    private let injector: FrameInjector

    init(_ link: Link) throws(SystemCallError) {
        self.link = link
        socket = try PacketSocket(for: .arp, on: link, filter: .arp)
        injector = try FrameInjector(on: link)
    }

    /// Hands the frames to the link, by way of `buffer`.
    ///
    /// - Returns: how many it did not take.
    func inject(
        _ frames: [ARPFrame], by buffer: UnsafeMutableRawBufferPointer
    ) throws(SystemCallError) -> Int {
        var lost = 0
        for frame in frames {
            frame.serialize(into: buffer)
            let bytes = UnsafeRawBufferPointer(rebasing: buffer[..<ARPFrame.byteCount])
            if try !injector.send(bytes) { lost += 1 }
        }
        return lost
    }

    /// Answers a request at once, by way of `buffer`; allocates nothing.
    ///
    /// - Returns: false when the link did not take the answer.
    func answer(
        _ request: ARPFrame, by buffer: UnsafeMutableRawBufferPointer
    ) throws(SystemCallError) -> Bool {
        request.reply(from: link.address).serialize(into: buffer)
        return try socket.send(UnsafeRawBufferPointer(rebasing: buffer[..<ARPFrame.byteCount]))
    }
}
