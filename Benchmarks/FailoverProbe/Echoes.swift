import Addressing
import CLinux
import Glibc
import LinkLayer
import Timing

/// ICMP echo requests to each address through this host's kernel, whose neighbour cache decides
/// which node gets them, and which were answered (RFC 792, RFC 4443 §4).
struct Echoes {
    /// Between two requests to an only address, in ticks.
    private static let ticksPerRoundOfOne = 2
    /// Between two requests to each of several.
    private static let ticksPerRoundOfMany = 10
    private static let headerBytes = 8
    private static let receiveBufferBytes: Int32 = 1 << 22

    private let addresses: [SocketAddress]
    private let family: AddressFamily
    private let socket: OwnedDescriptor
    private let ticksPerRound: Int
    /// By address.
    private(set) var samples: [Samples]

    /// The addresses are all of one family.
    init(of addresses: [IPAddress]) throws {
        guard let family = addresses.first?.family,
            addresses.allSatisfy({ $0.family == family })
        else { throw Refusal(description: "addresses of one family are wanted") }
        self.family = family
        self.addresses = addresses.map { SocketAddress($0) }
        ticksPerRound = addresses.count == 1 ? Self.ticksPerRoundOfOne : Self.ticksPerRoundOfMany
        samples = Array(repeating: Samples(), count: addresses.count)
        let type = clinux_sock_raw | clinux_sock_nonblock | clinux_sock_cloexec
        socket = try OwnedDescriptor(
            family == .ipv4
                ? Glibc.socket(AF_INET, type, Int32(IPPROTO_ICMP))
                : Glibc.socket(AF_INET6, type, Int32(IPPROTO_ICMPV6)), "socket(ICMP)")
        var size = Self.receiveBufferBytes
        // Root may have more than net.core.rmem_max.
        setsockopt(
            socket.number, SOL_SOCKET, SO_RCVBUFFORCE, &size, socklen_t(MemoryLayout<Int32>.size))
    }

    var descriptorNumber: Int32 { socket.number }

    /// Asks those whose turn it is in this tick.
    mutating func ask(tick: Int, by buffer: UnsafeMutableRawBufferPointer) {
        for index in stride(from: tick % ticksPerRound, to: addresses.count, by: ticksPerRound) {
            let sequence = UInt16(truncatingIfNeeded: samples[index].sent.count)
            write(UInt16(index), sequence, to: buffer)
            samples[index].ask(at: .now())
            addresses[index].send(
                UnsafeRawBufferPointer(rebasing: buffer[..<Self.headerBytes]), from: socket)
        }
    }

    /// The kernel writes ICMPv6's checksum itself, for that is of its addresses too.
    private func write(
        _ identifier: UInt16, _ sequence: UInt16, to buffer: UnsafeMutableRawBufferPointer
    ) {
        let request: UInt16 = family == .ipv4 ? 8 : 128
        let words = [request << 8, 0, identifier, sequence]
        // The Internet checksum (RFC 1071).
        var sum = words.reduce(UInt32(0)) { $0 + UInt32($1) }
        sum = sum & 0xFFFF + sum >> 16
        sum = sum & 0xFFFF + sum >> 16
        for (place, word) in words.enumerated() {
            let value = place == 1 ? ~UInt16(sum) : word
            buffer.storeBytes(of: value.bigEndian, toByteOffset: place * 2, as: UInt16.self)
        }
    }

    /// Datagrams of a raw socket begin with their IPv4 header, or behind their IPv6 header.
    mutating func takeAnswers(by buffer: UnsafeMutableRawBufferPointer) {
        let reply: UInt8 = family == .ipv4 ? 0 : 129
        while let (count, source) = SocketAddress.receive(from: socket, into: buffer) {
            let offset = family == .ipv4 ? Int(buffer[0] & 0xF) * 4 : 0
            guard count >= offset + Self.headerBytes, buffer[offset] == reply else { continue }
            let index = word(buffer, offset + 4)
            guard index < addresses.count, source == addresses[index],
                let sample = samples[index].latest(
                    endingIn: word(buffer, offset + 6), mask: 0xFFFF, at: .now())
            else { continue }
            samples[index].answer(sample)
        }
    }

    private func word(_ buffer: UnsafeMutableRawBufferPointer, _ offset: Int) -> Int {
        Int(buffer[offset]) << 8 | Int(buffer[offset + 1])
    }
}

/// A descriptor of the kernel that is closed with its last user.
final class OwnedDescriptor {
    let number: Int32

    init(_ result: Int32, _ call: String) throws {
        guard result >= 0 else {
            throw Refusal(description: "\(call): \(String(cString: strerror(errno)))")
        }
        number = result
    }

    deinit { close(number) }
}
