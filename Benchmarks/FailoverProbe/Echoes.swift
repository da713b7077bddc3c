import Addressing
import CLinux
import Glibc
import LinkLayer
import Timing

/// ICMP echo requests to each address through this host's kernel, whose neighbour cache decides
/// which node gets them, and which were answered (RFC 792).
struct Echoes {
    /// Between two requests to an only address, in ticks.
    private static let ticksPerRoundOfOne = 2
    /// Between two requests to each of several.
    private static let ticksPerRoundOfMany = 10
    private static let headerBytes = 8
    private static let echoRequest: UInt8 = 8
    private static let echoReply: UInt8 = 0
    private static let receiveBufferBytes: Int32 = 1 << 22

    private let addresses: [IPv4Address]
    private let socket: OwnedDescriptor
    private let ticksPerRound: Int
    /// By address.
    private(set) var samples: [Samples]

    init(of addresses: [IPv4Address]) throws {
        self.addresses = addresses
        ticksPerRound = addresses.count == 1 ? Self.ticksPerRoundOfOne : Self.ticksPerRoundOfMany
        samples = Array(repeating: Samples(), count: addresses.count)
        let type = clinux_sock_raw | clinux_sock_nonblock | clinux_sock_cloexec
        socket = try OwnedDescriptor(
            Glibc.socket(AF_INET, type, Int32(IPPROTO_ICMP)), "socket(ICMP)")
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
            send(buffer, to: addresses[index])
        }
    }

    private func write(
        _ identifier: UInt16, _ sequence: UInt16, to buffer: UnsafeMutableRawBufferPointer
    ) {
        let words = [UInt16(Self.echoRequest) << 8, 0, identifier, sequence]
        // The Internet checksum (RFC 1071).
        var sum = words.reduce(UInt32(0)) { $0 + UInt32($1) }
        sum = sum & 0xFFFF + sum >> 16
        sum = sum & 0xFFFF + sum >> 16
        for (place, word) in words.enumerated() {
            let value = place == 1 ? ~UInt16(sum) : word
            buffer.storeBytes(of: value.bigEndian, toByteOffset: place * 2, as: UInt16.self)
        }
    }

    /// What the kernel does not take is lost, as on a wire.
    private func send(_ buffer: UnsafeMutableRawBufferPointer, to destination: IPv4Address) {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = destination.bits.bigEndian
        let number = socket.number
        withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                _ = sendto(
                    number, buffer.baseAddress, Self.headerBytes, clinux_msg_dontwait, $0,
                    socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }

    /// Datagrams of a raw socket begin with their IPv4 header.
    mutating func takeAnswers(by buffer: UnsafeMutableRawBufferPointer) {
        while true {
            let count = recv(
                socket.number, buffer.baseAddress, buffer.count, clinux_msg_dontwait)
            guard count >= 0 else { return }
            let offset = Int(buffer[0] & 0xF) * 4
            guard count >= offset + Self.headerBytes, buffer[offset] == Self.echoReply else {
                continue
            }
            let index = Int(word(buffer, offset + 4))
            guard index < addresses.count,
                word(buffer, 12) << 16 | word(buffer, 14) == addresses[index].bits,
                let sample = samples[index].latest(
                    endingIn: Int(word(buffer, offset + 6)), mask: 0xFFFF, at: .now())
            else { continue }
            samples[index].answer(sample)
        }
    }

    private func word(_ buffer: UnsafeMutableRawBufferPointer, _ offset: Int) -> UInt32 {
        UInt32(buffer[offset]) << 8 | UInt32(buffer[offset + 1])
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
