import Addressing
import CLinux
import Glibc
import Timing

/// Datagrams that were taken from a socket by one call, and the memory that they lie in.
///
/// The memory is used again by the next call: what is to outlive it must be copied.
package struct DatagramBatch: ~Copyable {
    /// How many datagrams one call takes at most; fewer say that none is left.
    package static let countMax = Int(clinux_datagrams_max)

    /// What arrived, beside its bytes.
    package struct Datagram: Sendable {
        package let source: IPAddress
        /// The hop limit, for IPv6; -1 when the kernel did not say.
        package let timeToLive: Int
        /// Length in bytes; more than the batch's capacity when it did not fit.
        package let length: Int
        /// When the kernel took it from the link, never later than now.
        package let received: Instant
    }

    /// Bytes that are kept of one datagram.
    private let capacity: Int
    private let memory: UnsafeMutableRawBufferPointer
    private let facts: UnsafeMutablePointer<clinux_datagram>
    package private(set) var count = 0

    package init(capacity: Int) {
        self.capacity = capacity
        memory = .allocate(byteCount: capacity * Self.countMax, alignment: 8)
        facts = .allocate(capacity: Self.countMax)
        facts.initialize(repeating: clinux_datagram(), count: Self.countMax)
    }

    deinit {
        memory.deallocate()
        facts.deallocate()
    }

    /// What is known of the datagram at `index`, beside its bytes.
    package borrowing func datagram(_ index: Int) -> Datagram {
        precondition(index < count, "datagram \(index) of \(count)")
        let fact = facts[index]
        return Datagram(
            source: Self.source(fact),
            timeToLive: Int(fact.ttl), length: fact.length,
            received: .now() - HelloSocket.age(ofStamp: fact.received))
    }

    private static func source(_ fact: clinux_datagram) -> IPAddress {
        withUnsafeBytes(of: fact.source) { bytes in
            fact.family == AF_INET6
                ? .ipv6(
                    IPv6Address(bits: UInt128(bigEndian: bytes.loadUnaligned(as: UInt128.self))))
                : .ipv4(IPv4Address(bits: UInt32(bigEndian: bytes.loadUnaligned(as: UInt32.self))))
        }
    }

    /// As many of its bytes as fit.
    package borrowing func bytes(_ index: Int) -> UnsafeRawBufferPointer {
        precondition(index < count, "datagram \(index) of \(count)")
        let start = index * capacity
        let end = start + min(facts[index].length, capacity)
        return UnsafeRawBufferPointer(rebasing: memory[start..<end])
    }

    /// Takes what waits in a socket, at most `countMax`; -1, with errno, when nothing does.
    mutating func fill(from descriptor: Int32) -> Int32 {
        let taken = clinux_receive_datagrams(
            descriptor, memory.baseAddress, UInt(capacity), facts)
        count = Int(max(0, taken))
        return taken
    }
}
