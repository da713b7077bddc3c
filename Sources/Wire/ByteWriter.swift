import Addressing

/// Writes fields in network byte order to the front of a buffer that the caller gives.
///
/// Allocates nothing. The caller makes room first (`remaining`): a field that does not fit traps.
/// The writer borrows: it must not outlive the buffer it was made for.
package struct ByteWriter {
    private let buffer: UnsafeMutableRawBufferPointer
    /// How many bytes have been written.
    package private(set) var count = 0

    package init(_ buffer: UnsafeMutableRawBufferPointer) {
        self.buffer = buffer
    }

    /// How many bytes still fit.
    package var remaining: Int { buffer.count - count }

    package mutating func uint8(_ value: UInt8) { integer(value) }
    package mutating func uint16(_ value: UInt16) { integer(value) }
    package mutating func uint32(_ value: UInt32) { integer(value) }
    package mutating func uint64(_ value: UInt64) { integer(value) }
    package mutating func address(_ value: IPv4Address) { integer(value.bits) }
    package mutating func address(_ value: IPv6Address) { integer(value.bits) }

    package mutating func address(_ value: LinkAddress) {
        integer(UInt16(truncatingIfNeeded: value.bits >> 32))
        integer(UInt32(truncatingIfNeeded: value.bits))
    }

    package mutating func bytes(_ value: some Collection<UInt8>) {
        for byte in value { integer(byte) }
    }

    /// `count` zero bytes: padding and reserved fields.
    package mutating func zeros(_ count: Int) {
        for _ in 0..<count { integer(UInt8(0)) }
    }

    /// Writes over bytes that are already there: lengths and counts known only at the end.
    package mutating func overwrite(_ value: UInt16, at offset: Int) {
        precondition(offset >= 0 && offset + 2 <= count, "offset \(offset) of \(count) written")
        buffer.storeBytes(of: value.bigEndian, toByteOffset: offset, as: UInt16.self)
    }

    /// What has been written from `offset` on, still in the writer's buffer: for sums over it.
    package func written(from offset: Int) -> UnsafeRawBufferPointer {
        precondition(offset >= 0 && offset <= count, "offset \(offset) of \(count) written")
        return UnsafeRawBufferPointer(rebasing: buffer[offset..<count])
    }

    /// The bytes that `write` wrote, at most `capacity` of them.
    package static func bytes(
        capacity: Int, _ write: (inout ByteWriter) -> Void
    ) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: capacity) { buffer, initialized in
            var writer = ByteWriter(UnsafeMutableRawBufferPointer(buffer))
            write(&writer)
            initialized = writer.count
        }
    }

    private mutating func integer<Value: FixedWidthInteger & BitwiseCopyable>(_ value: Value) {
        let start = take(MemoryLayout<Value>.size)
        buffer.storeBytes(of: value.bigEndian, toByteOffset: start, as: Value.self)
    }

    /// Steps over `size` bytes and gives the offset of the first; all that indexes goes by here.
    private mutating func take(_ size: Int) -> Int {
        precondition(size <= remaining, "\(size) bytes do not fit: \(remaining) are left")
        defer { count += size }
        return count
    }
}
