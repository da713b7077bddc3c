import NIOCore

/// Cuts a stream of bytes into lines, wherever the chunks of the stream begin and end.
struct LineFramer {
    /// Bytes of one line; etcd holds no object over 1.5 MiB, of which JSON makes at most some more.
    static let lineBytesMax = 8 << 20

    /// A line without an end.
    struct TooLong: Error {}

    private var buffer = ByteBuffer()
    /// Bytes of `buffer` that are known to hold no line feed.
    private var searched = 0

    mutating func append(_ chunk: ByteBuffer) {
        if buffer.readableBytes == 0 {
            buffer = chunk
        } else {
            // Else a stream that never pauses between two lines would keep all it ever said.
            buffer.discardReadBytes()
            buffer.writeImmutableBuffer(chunk)
        }
    }

    /// The next whole line, without its line feed; empty lines are skipped. Nil: more is needed.
    mutating func next() throws(TooLong) -> ByteBuffer? {
        while true {
            let view = buffer.readableBytesView
            let start = view.index(view.startIndex, offsetBy: searched)
            guard let end = view[start...].firstIndex(of: UInt8(ascii: "\n")) else {
                searched = view.count
                guard searched <= Self.lineBytesMax else { throw TooLong() }
                return nil
            }
            let line = buffer.readSlice(length: view.distance(from: view.startIndex, to: end))
            buffer.moveReaderIndex(forwardBy: 1)
            searched = 0
            if let line, line.readableBytes > 0 { return line }
        }
    }
}
