import Addressing

/// The checksum of IPv4, ICMP and ICMPv6: a ones' complement sum of 16-bit words (RFC 1071).
package struct InternetChecksum: Sendable {
    /// Of 32-bit words, carries kept: 65,535 bytes stay far below 64 bits.
    private var sum: UInt64 = 0

    package init() {}

    /// The sum of what ICMPv6 adds before its message (RFC 8200 §8.1).
    package init(
        pseudoHeaderOf source: IPv6Address, _ destination: IPv6Address, nextHeader: UInt8,
        messageBytes: Int
    ) {
        add(source.bits)
        add(destination.bits)
        sum += UInt64(messageBytes) + UInt64(nextHeader)
    }

    /// The bytes begin at an even offset of what is summed; an odd one at the end counts as if a
    /// zero followed.
    package mutating func add(_ bytes: UnsafeRawBufferPointer) {
        var reader = ByteReader(bytes)
        // No read fails: an error would cost memory.
        while reader.remaining >= 4, let word = try? reader.uint32("four bytes") {
            sum += UInt64(word)
        }
        if reader.remaining >= 2, let word = try? reader.uint16("two bytes") { sum += UInt64(word) }
        if reader.remaining > 0, let byte = try? reader.uint8("a byte") { sum += UInt64(byte) << 8 }
    }

    /// What the checksum field must hold, when it was summed as zero.
    package var field: UInt16 { ~folded }

    /// The sum was of a whole message, its right checksum field included.
    package var isRight: Bool { folded == 0xFFFF }

    private var folded: UInt16 {
        var rest = sum
        while rest > 0xFFFF { rest = rest >> 16 + rest & 0xFFFF }
        return UInt16(rest)
    }

    private mutating func add(_ address: UInt128) {
        for shift in stride(from: 96, through: 0, by: -32) {
            sum += UInt64(UInt32(truncatingIfNeeded: address >> shift))
        }
    }
}
