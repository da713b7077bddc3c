import Addressing
import CLinux
import Glibc

/// An address of either family, without a port, as socket calls have it: sockaddr_in, sockaddr_in6.
struct SocketAddress: Equatable {
    /// As long as either family's.
    private var storage = sockaddr_in6()

    private init() {}

    init(_ address: IPAddress) {
        switch address {
        case .ipv4(let address):
            var short = sockaddr_in()
            short.sin_family = sa_family_t(AF_INET)
            short.sin_addr.s_addr = address.bits.bigEndian
            withUnsafeMutableBytes(of: &storage) { $0.storeBytes(of: short, as: sockaddr_in.self) }
        case .ipv6(let address):
            storage.sin6_family = sa_family_t(AF_INET6)
            withUnsafeMutableBytes(of: &storage.sin6_addr) {
                $0.storeBytes(of: address.bits.bigEndian, as: UInt128.self)
            }
        }
    }

    /// What the kernel does not take is lost, as on a wire. It looks at as much as its family has.
    func send(_ datagram: UnsafeRawBufferPointer, from socket: OwnedDescriptor) {
        withUnsafePointer(to: storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                _ = sendto(
                    socket.number, datagram.baseAddress, datagram.count, clinux_msg_dontwait, $0,
                    socklen_t(MemoryLayout<sockaddr_in6>.size))
            }
        }
    }

    /// The next datagram of a raw socket, as much as fits in `buffer`: its length, and whose it is.
    /// Nil when none waits.
    static func receive(
        from socket: OwnedDescriptor, into buffer: UnsafeMutableRawBufferPointer
    ) -> (count: Int, source: SocketAddress)? {
        var source = SocketAddress()
        var length = socklen_t(MemoryLayout<sockaddr_in6>.size)
        let count = withUnsafeMutablePointer(to: &source.storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                recvfrom(
                    socket.number, buffer.baseAddress, buffer.count, clinux_msg_dontwait, $0,
                    &length)
            }
        }
        return count < 0 ? nil : (count, source)
    }

    static func == (left: SocketAddress, right: SocketAddress) -> Bool {
        withUnsafePointer(to: left.storage) { left in
            withUnsafePointer(to: right.storage) { right in
                memcmp(left, right, MemoryLayout<sockaddr_in6>.size) == 0
            }
        }
    }
}
