import Addressing
import CLinux
import Glibc
import Wire

/// Whole frames of one kind, to and from one link: packet(7), SOCK_RAW.
///
/// Never blocks. Owned by one thread at a time. It goes quiet, and is good again by itself, while
/// the link is down; it stays quiet when the link is deleted.
package final class PacketSocket {
    package let linkIndex: Int32
    private let descriptor: FileDescriptor
    private let object: String

    /// Opens a socket that `filter` guards from its first frame on: it is bound only afterwards.
    package init(
        for etherType: EtherType, on link: Link, filter: PacketFilter
    ) throws(SystemCallError) {
        object = "packet socket of \(link.name)"
        linkIndex = link.index
        descriptor = try FileDescriptor(
            socket(AF_PACKET, Kernel.rawSocket, 0), from: "socket(AF_PACKET)", on: object)
        try filter.attach(to: descriptor.number, object)
        var address = sockaddr_ll()
        address.sll_family = UInt16(AF_PACKET)
        address.sll_protocol = etherType.rawValue.bigEndian
        address.sll_ifindex = link.index
        let number = descriptor.number
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(number, $0, socklen_t(MemoryLayout<sockaddr_ll>.size))
            }
        }
        try SystemCallError.check(result, "bind", on: object)
    }

    /// For `EventPoll`; readable while frames wait.
    package var descriptorNumber: Int32 { descriptor.number }

    /// Takes the next frame.
    ///
    /// - Returns: its bytes, in `buffer`; nil when none waits. A frame longer than the buffer is
    ///   cut.
    package func receive(
        into buffer: UnsafeMutableRawBufferPointer
    ) throws(SystemCallError) -> UnsafeRawBufferPointer? {
        let count = recv(descriptor.number, buffer.baseAddress, buffer.count, Kernel.dontWait)
        guard count >= 0 else {
            switch errno {
            case EAGAIN, EINTR, ENETDOWN: return nil
            default: throw SystemCallError("recv", on: object, errno: errno)
            }
        }
        return UnsafeRawBufferPointer(rebasing: buffer[..<min(count, buffer.count)])
    }

    /// Hands a whole frame to the link.
    ///
    /// - Returns: false when the link cannot take it now: it is down, gone or its queue is full.
    ///   The frame is lost, as on a wire.
    package func send(_ frame: UnsafeRawBufferPointer) throws(SystemCallError) -> Bool {
        let sent = Glibc.send(
            descriptor.number, frame.baseAddress, frame.count, Kernel.dontWait)
        guard sent < 0 else { return true }
        guard Self.isLoss(errno) else {
            throw SystemCallError("send", on: object, errno: errno)
        }
        return false
    }

    /// Takes the frames that wait, by one call; none when the link is gone or down.
    ///
    /// - Parameter limit: how many at most, up to `FrameBatch.countMax`; one is cheapest for one.
    package func receive(
        into batch: inout FrameBatch, atMost limit: Int = FrameBatch.countMax
    ) throws(SystemCallError) {
        guard batch.fill(from: descriptor.number, atMost: limit) < 0 else { return }
        switch errno {
        case EAGAIN, EINTR, ENETDOWN: return
        default: throw SystemCallError("recvmmsg", on: object, errno: errno)
        }
    }

    /// Hands whole frames to the link, in their order.
    ///
    /// - Returns: how many it did not take now, as with one frame.
    package func send(_ batch: borrowing FrameBatch) throws(SystemCallError) -> Int {
        var (next, lost) = (0, 0)
        while next < batch.count {
            let sent = batch.send(from: next, to: descriptor.number)
            guard sent < 0 else {
                next += Int(sent)
                continue
            }
            guard Self.isLoss(errno) else {
                throw SystemCallError("sendmmsg", on: object, errno: errno)
            }
            (next, lost) = (next + 1, lost + 1)
        }
        return lost
    }

    /// The link is down, gone or its queue is full.
    private static func isLoss(_ error: Int32) -> Bool {
        switch error {
        case EAGAIN, EINTR, ENOBUFS, ENETDOWN, ENXIO, ENODEV: true
        default: false
        }
    }
}
