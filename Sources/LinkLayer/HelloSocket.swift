import Addressing
import CLinux
import Glibc
import Timing

/// Hello datagrams of one family on one link: udp(7), bound to the link, to and from neighbours only.
///
/// Never blocks. Owned by one thread at a time. Each destination has a sending socket of its own:
/// datagrams to a host that is gone wait in the kernel for its link-layer address, up to 3 s, and
/// count against their socket's buffer; in one socket a few such hosts would silence it for all.
///
/// Two sockets receive: the kernel puts hellos that say nothing new (`Hello.Flags.routine`) into one
/// of their own, so that nobody has to be woken for them.
package final class HelloSocket {
    /// UDP port of every node.
    package static let port: UInt16 = 6480
    /// TTL or hop limit of what is sent (RFC 5082): a router on the way would show.
    package static let timeToLive = 255
    /// Of the receiving socket; the kernel caps it (net.core.rmem_max) and doubles it.
    static let receiveBufferBytes: Int32 = 1 << 20
    /// Destinations that sockets are kept for; those used longest ago are closed for others.
    static let destinationsMax = 512

    package let link: Link
    package let family: AddressFamily
    private let object: String
    private let receiver: FileDescriptor
    private let routineReceiver: FileDescriptor
    private var senders: [IPAddress: Sender] = [:]
    private var uses: UInt64 = 0

    /// A socket that only sends, to one destination.
    private final class Sender {
        let descriptor: FileDescriptor
        var lastUse: UInt64 = 0

        init(_ descriptor: consuming FileDescriptor) {
            self.descriptor = descriptor
        }
    }

    /// Opens the receiving sockets; bound to the link first, so that every link may have two of each
    /// family.
    package init(on link: Link, _ family: AddressFamily = .ipv4) throws(SystemCallError) {
        self.link = link
        self.family = family
        object = "\(family.rawValue) hello socket of \(link.name)"
        // Sockets that share a port would share it with another daemon's too: this one finds that.
        let alone = try Self.open(on: link, family, object)
        try Self.bind(alone.number, on: link, family, object)
        _ = consume alone
        receiver = try Self.receiver(on: link, family, object)
        routineReceiver = try Self.receiver(on: link, family, object)
        try PacketFilter.routineHellos.choose(from: receiver.number, object)
    }

    /// A socket that receives what the kernel chooses it for.
    private static func receiver(
        on link: Link, _ family: AddressFamily, _ object: String
    ) throws(SystemCallError) -> FileDescriptor {
        let socket = try open(on: link, family, object)
        switch family {
        case .ipv4: try set(socket.number, Int32(IPPROTO_IP), IP_RECVTTL, 1, object)
        case .ipv6:
            try set(socket.number, Int32(IPPROTO_IPV6), IPV6_RECVHOPLIMIT, 1, object)
        }
        try set(socket.number, SOL_SOCKET, SO_TIMESTAMPNS, 1, object)
        // As much as an unprivileged socket gets; fewer bytes are no error.
        try set(socket.number, SOL_SOCKET, SO_RCVBUF, receiveBufferBytes, object)
        try set(socket.number, SOL_SOCKET, SO_REUSEPORT, 1, object)
        try bind(socket.number, on: link, family, object)
        return socket
    }

    private static func bind(
        _ descriptor: Int32, on link: Link, _ family: AddressFamily, _ object: String
    ) throws(SystemCallError) {
        if family == .ipv6 { try set(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, 1, object) }
        let any = IPAddress(family: family, bits: 0)
        let result = withAddress(any, on: link) { Glibc.bind(descriptor, $0, $1) }
        try SystemCallError.check(result, "bind(UDP \(port))", on: object)
    }

    /// For `EventPoll`; readable while datagrams wait that say something new, or are no hellos.
    package var descriptorNumber: Int32 { receiver.number }

    /// For `EventPoll`; readable while routine hellos wait.
    package var routineDescriptorNumber: Int32 { routineReceiver.number }

    /// Takes the datagrams that wait, routine hellos or the others; none when the link is gone or
    /// down.
    package func receive(
        into batch: inout DatagramBatch, routine: Bool = false
    ) throws(SystemCallError) {
        let number = routine ? routineReceiver.number : receiver.number
        guard batch.fill(from: number) < 0 else { return }
        switch errno {
        case EAGAIN, EINTR, ENETDOWN: return
        default: throw SystemCallError("recvmmsg", on: object, errno: errno)
        }
    }

    /// Hands a datagram to the kernel.
    ///
    /// - Returns: false when it does not take it now: no route, no room, refused by a packet filter.
    ///   The datagram is lost, as on a wire.
    package func send(
        _ datagram: [UInt8], to destination: IPAddress
    ) throws(SystemCallError) -> Bool {
        let sender = try sender(to: destination)
        uses += 1
        sender.lastUse = uses
        let number = sender.descriptor.number
        let sent = Self.withAddress(destination, on: link) { address, length in
            Int32(sendto(number, datagram, datagram.count, Kernel.dontWait, address, length))
        }
        guard sent < 0 else { return true }
        switch errno {
        case EBADF, EFAULT, EINVAL, ENOTSOCK, EMSGSIZE:
            throw SystemCallError("sendto(\(destination))", on: object, errno: errno)
        default: return false
        }
    }

    private func sender(to destination: IPAddress) throws(SystemCallError) -> Sender {
        if let known = senders[destination] { return known }
        if senders.count >= Self.destinationsMax,
            let oldest = senders.min(by: { $0.value.lastUse < $1.value.lastUse })
        {
            senders[oldest.key] = nil
        }
        let descriptor = try Self.open(on: link, family, object)
        let hops = Int32(Self.timeToLive)
        switch family {
        case .ipv4: try Self.set(descriptor.number, Int32(IPPROTO_IP), IP_TTL, hops, object)
        case .ipv6:
            try Self.set(
                descriptor.number, Int32(IPPROTO_IPV6), IPV6_UNICAST_HOPS, hops, object)
        }
        // Nothing is read from it: what strangers send to its port must not be kept.
        try PacketFilter.nothing.attach(to: descriptor.number, object)
        let sender = Sender(descriptor)
        senders[destination] = sender
        return sender
    }

    private static func open(
        on link: Link, _ family: AddressFamily, _ object: String
    ) throws(SystemCallError) -> FileDescriptor {
        let domain = family == .ipv4 ? AF_INET : AF_INET6
        let descriptor = try FileDescriptor(
            socket(domain, Kernel.datagramSocket, 0), from: "socket(UDP)", on: object)
        let result = link.name.withCString {
            setsockopt(
                descriptor.number, SOL_SOCKET, SO_BINDTODEVICE, $0, socklen_t(strlen($0)))
        }
        try SystemCallError.check(result, "setsockopt(SO_BINDTODEVICE)", on: object)
        return descriptor
    }

    private static func set(
        _ descriptor: Int32, _ level: Int32, _ option: Int32, _ value: Int32, _ object: String
    ) throws(SystemCallError) {
        var value = value
        let result = setsockopt(
            descriptor, level, option, &value, socklen_t(MemoryLayout<Int32>.size))
        try SystemCallError.check(result, "setsockopt(\(level), \(option))", on: object)
    }

    /// How long ago the kernel's stamp was; zero when the clock was set back since.
    static func age(ofStamp nanoseconds: Int64) -> Duration {
        guard nanoseconds > 0 else { return .zero }
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        let now = Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
        return .nanoseconds(max(0, now - nanoseconds))
    }

    private static func withAddress(
        _ destination: IPAddress, on link: Link,
        _ call: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) -> Int32 {
        switch destination {
        case .ipv4(let destination):
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = port.bigEndian
            address.sin_addr.s_addr = destination.bits.bigEndian
            return withGenericAddress(&address, call)
        case .ipv6(let destination):
            var address = sockaddr_in6()
            address.sin6_family = sa_family_t(AF_INET6)
            address.sin6_port = port.bigEndian
            withUnsafeMutableBytes(of: &address.sin6_addr) {
                $0.storeBytes(of: destination.bits.bigEndian, as: UInt128.self)
            }
            // For link-local addresses; the kernel does not look at it for others.
            address.sin6_scope_id = destination == .any ? 0 : UInt32(link.index)
            return withGenericAddress(&address, call)
        }
    }

    private static func withGenericAddress<Address>(
        _ address: inout Address, _ call: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) -> Int32 {
        withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                call($0, socklen_t(MemoryLayout<Address>.size))
            }
        }
    }
}
