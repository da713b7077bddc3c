import Addressing

/// Reads fields in network byte order from the front of bytes that came from outside.
///
/// Every read throws `ParseError` when too few bytes are left; nothing traps, nothing allocates.
/// The reader borrows: it must not outlive the buffer it was made for.
package struct ByteReader {
    private let bytes: UnsafeRawBufferPointer
    /// The offset of the next byte, from the front.
    package private(set) var position = 0

    package init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    /// How many bytes are left.
    package var remaining: Int { bytes.count - position }

    package mutating func uint8(_ field: String) throws(ParseError) -> UInt8 {
        try integer(field)
    }

    package mutating func uint16(_ field: String) throws(ParseError) -> UInt16 {
        try integer(field)
    }

    package mutating func uint32(_ field: String) throws(ParseError) -> UInt32 {
        try integer(field)
    }

    package mutating func uint64(_ field: String) throws(ParseError) -> UInt64 {
        try integer(field)
    }

    package mutating func ipv4Address(_ field: String) throws(ParseError) -> IPv4Address {
        IPv4Address(bits: try integer(field))
    }

    package mutating func ipv6Address(_ field: String) throws(ParseError) -> IPv6Address {
        IPv6Address(bits: try integer(field))
    }

    package mutating func linkAddress(_ field: String) throws(ParseError) -> LinkAddress {
        guard remaining >= 6 else {
            throw ParseError(field, .truncated(needed: 6, available: remaining))
        }
        let high: UInt16 = try integer(field)
        let low: UInt32 = try integer(field)
        return LinkAddress(bits: UInt64(high) << 32 | UInt64(low))
    }

    /// The next `count` bytes, still in the reader's buffer: copy what must outlive it.
    package mutating func bytes(
        _ count: Int, _ field: String
    ) throws(ParseError) -> UnsafeRawBufferPointer {
        let start = try take(count, field)
        return UnsafeRawBufferPointer(rebasing: bytes[start..<start + count])
    }

    package mutating func skip(_ count: Int, _ field: String) throws(ParseError) {
        _ = try take(count, field)
    }

    private mutating func integer<Value: FixedWidthInteger & BitwiseCopyable>(
        _ field: String
    ) throws(ParseError) -> Value {
        let start = try take(MemoryLayout<Value>.size, field)
        return Value(bigEndian: bytes.loadUnaligned(fromByteOffset: start, as: Value.self))
    }

    /// Steps over `count` bytes and gives the offset of the first; all that indexes goes by here.
    private mutating func take(_ count: Int, _ field: String) throws(ParseError) -> Int {
        guard count >= 0, count <= remaining else {
            throw ParseError(field, .truncated(needed: count, available: remaining))
        }
        defer { position += count }
        return position
    }
}
