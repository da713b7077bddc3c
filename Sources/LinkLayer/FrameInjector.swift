import Addressing
import CLinux
import CNet
import Glibc

/// Sends announcements and probes out of one link through libnet.
///
/// One context per link, opened once: opening and closing costs up to 20 ms. Owned by one thread
/// at a time, as libnet has no locks.
package final class FrameInjector {
    /// 65,535: reserved (RFC 1701, IEEE 802 numbers).
    private static let reservedEtherType: UInt16 = 0xFFFF

    private let context: UnsafeMutablePointer<libnet_t>
    private let object: String

    package init(on link: Link) throws(SystemCallError) {
        object = "libnet context of \(link.name)"
        var text = [CChar](repeating: 0, count: Int(LIBNET_ERRBUF_SIZE))
        guard let context = libnet_init(LIBNET_LINK_ADV, link.name, &text) else {
            throw SystemCallError(
                "libnet_init", on: object, errno: Glibc.errno, detail: Self.string(text))
        }
        self.context = context
        // The sender may hold a lock: a link that stands still must cost a frame, not the thread.
        let flags = fcntl(libnet_getfd(context), F_GETFL)
        try SystemCallError.check(
            fcntl(libnet_getfd(context), F_SETFL, flags | O_NONBLOCK), "fcntl", on: object)
        try stopListening()
    }

    deinit { libnet_destroy(context) }

    /// Puts one whole frame on the wire.
    ///
    /// - Returns: false when the link cannot take it now: it is down, gone or its queue is full.
    package func send(_ frame: UnsafeRawBufferPointer) throws(SystemCallError) -> Bool {
        let bytes = frame.assumingMemoryBound(to: UInt8.self).baseAddress
        guard libnet_adv_write_link(context, bytes, UInt32(frame.count)) < 0 else { return true }
        switch Glibc.errno {
        case EAGAIN, EINTR, ENOBUFS, ENETDOWN, ENXIO, ENODEV: return false
        default:
            throw SystemCallError(
                "libnet_adv_write_link", on: object, errno: Glibc.errno,
                detail: String(cString: libnet_geterror(context)))
        }
    }

    /// libnet's socket hears every protocol of every link and is never read. A filter silences it;
    /// bound to an EtherType that is none, no frame is copied for it to be filtered either.
    private func stopListening() throws(SystemCallError) {
        try PacketFilter.nothing.attach(to: libnet_getfd(context), object)
        var nothing = sockaddr_ll()
        nothing.sll_family = UInt16(AF_PACKET)
        nothing.sll_protocol = Self.reservedEtherType
        let (result, error) = withUnsafePointer(to: &nothing) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                let length = socklen_t(MemoryLayout<sockaddr_ll>.size)
                return (bind(libnet_getfd(context), address, length), errno)
            }
        }
        guard result == 0 else { throw SystemCallError("bind", on: object, errno: error) }
        var byte: UInt8 = 0
        while recv(libnet_getfd(context), &byte, 1, Kernel.dontWait) >= 0 {}
    }

    private static func string(_ text: [CChar]) -> String {
        String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
