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
    private var destination: sockaddr_ll

    /// Opens a socket that `filter` guards from its first frame on: it is bound only afterwards.
    package init(
        for etherType: EtherType, on link: Link, filter: PacketFilter
    ) throws(SystemCallError) {
        object = "packet socket of \(link.name)"
        linkIndex = link.index
        destination = sockaddr_ll()
        destination.sll_family = UInt16(AF_PACKET)
        destination.sll_protocol = etherType.rawValue.bigEndian
        destination.sll_ifindex = link.index
        destination.sll_halen = 6
        descriptor = try FileDescriptor(
            socket(AF_PACKET, Kernel.rawSocket, 0), from: "socket(AF_PACKET)", on: object)
        try filter.attach(to: descriptor.number, object)
        let number = descriptor.number
        let result = withAddress { bind(number, $0, $1) }
        try SystemCallError.check(Int32(result), "bind", on: object)
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
        let number = descriptor.number
        let sent = withAddress { address, length in
            sendto(number, frame.baseAddress, frame.count, Kernel.dontWait, address, length)
        }
        guard sent < 0 else { return true }
        switch errno {
        case EAGAIN, EINTR, ENOBUFS, ENETDOWN, ENXIO, ENODEV: return false
        default: throw SystemCallError("sendto", on: object, errno: errno)
        }
    }

    private func withAddress(_ call: (UnsafePointer<sockaddr>, socklen_t) -> Int) -> Int {
        withUnsafePointer(to: &destination) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                call(address, socklen_t(MemoryLayout<sockaddr_ll>.size))
            }
        }
    }

    private func withAddress(_ call: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
        Int32(withAddress { Int(call($0, $1)) })
    }
}
