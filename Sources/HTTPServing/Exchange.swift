import NIOCore
import NIOHTTP1
import ServiceLifecycle

/// One request on its connection, still to be answered.
struct Exchange: Sendable {
    let request: HTTPRequest
    let channel: any Channel
    /// Whether the connection serves another request afterwards.
    let keepsAlive: Bool
    /// Ends when the connection is gone.
    let gone: AsyncStream<Never>

    /// Answers; the closure is cancelled when the client goes away first.
    func answer(with respond: @escaping HTTPServer.Respond) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await write(await respond(request)) }
            group.addTask { for await _ in gone {} }
            await group.next()
            group.cancelAll()
        }
    }

    private func write(_ response: HTTPResponse) async {
        do {
            switch response.body {
            case .whole(let bytes): try await writeWhole(response, bytes)
            case .streaming(let produce): try await writeStream(response, produce)
            }
        } catch {
            // Half a response cannot be taken back: closing is what tells the client.
            channel.close(promise: nil)
        }
    }

    private func writeWhole(_ response: HTTPResponse, _ bytes: [UInt8]) async throws {
        for part in response.parts(of: bytes, keepsAlive: keepsAlive, isHead: isHead) {
            channel.write(part, promise: nil)
        }
        try await channel.writeAndFlush(HTTPServerResponsePart.end(nil)).get()
    }

    private func writeStream(
        _ response: HTTPResponse, _ produce: @escaping @Sendable (HTTPStream) async throws -> Void
    ) async throws {
        let head = HTTPServerResponsePart.head(response.head(keepsAlive: keepsAlive))
        try await channel.writeAndFlush(head).get()
        do {
            let stream = HTTPStream(channel: channel)
            if !isHead { try await cancelWhenGracefulShutdown { try await produce(stream) } }
        } catch is CancellationError {
            // The server shuts down: the client gets a clean end and can come back.
        }
        try await channel.writeAndFlush(HTTPServerResponsePart.end(nil)).get()
    }

    private var isHead: Bool { request.method == "HEAD" }
}

extension HTTPResponse {
    func head(keepsAlive: Bool, contentLength: Int? = nil) -> HTTPResponseHead {
        var fields = HTTPHeaders(headers.map { ($0.name, $0.value) })
        if let contentLength { fields.add(name: "content-length", value: "\(contentLength)") }
        if !keepsAlive { fields.add(name: "connection", value: "close") }
        return HTTPResponseHead(
            version: .http1_1, status: HTTPResponseStatus(statusCode: status), headers: fields)
    }

    /// Head and body of a whole response; a HEAD request gets the length and no body.
    func parts(of bytes: [UInt8], keepsAlive: Bool, isHead: Bool) -> [HTTPServerResponsePart] {
        let head = HTTPServerResponsePart.head(
            head(keepsAlive: keepsAlive, contentLength: bytes.count))
        guard !isHead, !bytes.isEmpty else { return [head] }
        return [head, .body(.byteBuffer(ByteBuffer(bytes: bytes)))]
    }
}
