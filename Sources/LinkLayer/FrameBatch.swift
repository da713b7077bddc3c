import CLinux

/// Frames of one packet socket that are taken, or sent, by one call, and the memory that they lie in.
///
/// The memory is used again by the next call: what is to outlive it must be copied.
package struct FrameBatch: ~Copyable {
    /// How many frames one call takes, or sends, at most.
    package static let countMax = Int(clinux_frames_max)

    /// Bytes that are kept of one frame.
    private let capacity: Int
    private let memory: UnsafeMutableRawBufferPointer
    private let lengths: UnsafeMutablePointer<UInt32>
    package private(set) var count = 0

    /// Allocates all that the batch will ever use.
    package init(capacity: Int) {
        self.capacity = capacity
        memory = .allocate(byteCount: capacity * Self.countMax, alignment: 16)
        lengths = .allocate(capacity: Self.countMax)
        lengths.initialize(repeating: 0, count: Self.countMax)
    }

    deinit {
        memory.deallocate()
        lengths.deallocate()
    }

    package mutating func removeAll() { count = 0 }

    /// The frame at `index`, as much of it as fits.
    package borrowing func bytes(_ index: Int) -> UnsafeRawBufferPointer {
        precondition(index < count, "frame \(index) of \(count)")
        let start = index * capacity
        return UnsafeRawBufferPointer(rebasing: memory[start..<start + Int(lengths[index])])
    }

    /// Adds the frame that `write` writes to the front of `capacity` bytes, and of which it gives what
    /// it wrote; traps when there are `countMax` already.
    package mutating func append(
        _ write: (UnsafeMutableRawBufferPointer) -> UnsafeRawBufferPointer
    ) {
        precondition(count < Self.countMax, "a frame more than \(Self.countMax)")
        let start = count * capacity
        let room = UnsafeMutableRawBufferPointer(rebasing: memory[start..<start + capacity])
        lengths[count] = UInt32(write(room).count)
        count += 1
    }

    /// Takes what waits in a socket; -1, with errno, when nothing does.
    mutating func fill(from descriptor: Int32, atMost limit: Int) -> Int32 {
        let taken = clinux_receive_frames(
            descriptor, memory.baseAddress, UInt(capacity), lengths, UInt32(limit))
        count = Int(max(0, taken))
        return taken
    }

    /// Hands the frames from `index` on to the kernel: how many it took before the first that it did
    /// not; -1, with errno, when that was the first of all.
    borrowing func send(from index: Int, to descriptor: Int32) -> Int32 {
        clinux_send_frames(
            descriptor, memory.baseAddress.map { $0 + index * capacity }, UInt(capacity),
            lengths + index, UInt32(count - index))
    }
}
