import NIOCore
import NIOHTTP1

/// A response body that is written piece by piece.
package struct HTTPStream: Sendable {
    let channel: any Channel

    /// Sends one chunk; returns when the kernel has it, so that a slow client slows the writer.
    ///
    /// Throws when the connection is gone or the stream was cancelled.
    package func write(_ bytes: [UInt8]) async throws {
        try Task.checkCancellation()
        guard !bytes.isEmpty else { return }
        let part = HTTPServerResponsePart.body(.byteBuffer(ByteBuffer(bytes: bytes)))
        try await channel.writeAndFlush(part).get()
    }
}
