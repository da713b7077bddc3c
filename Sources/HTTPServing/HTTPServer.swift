import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import ServiceLifecycle
import Synchronization

/// A thin HTTP/1.1 server: each request, when it has arrived whole, is answered by one closure.
///
/// `init` binds, so that a taken address fails early and the port is known; `run` serves until it
/// is cancelled (everything is closed at once) or gracefully shut down (no new connections, begun
/// responses end within `drainTimeout`, streams end at once).
package struct HTTPServer: Service {
    package typealias Respond = @Sendable (HTTPRequest) async -> HTTPResponse

    private let configuration: HTTPServerConfiguration
    private let respond: Respond
    private let listener: ListeningSocket

    /// Binds and listens; clients can connect from here on and are answered when `run` runs.
    package init(
        configuration: HTTPServerConfiguration, respond: @escaping Respond
    ) throws(ListenError) {
        self.configuration = configuration
        self.respond = respond
        listener = try ListeningSocket(configuration.endpoint)
    }

    /// The port that is served, the kernel's choice for 0; nil on a Unix socket.
    package var port: Int? { listener.port }

    package func run() async throws {
        let (exchanges, continuation) = AsyncStream<Exchange>.makeStream()
        let connections = ConnectionTable(
            max: configuration.limits.connectionsMax, emptied: { continuation.finish() })
        let tls = try configuration.tls?.context()
        let accepting = try await bootstrap(tls, connections, continuation)
            .withBoundSocket(listener.take()).get()
        accepting.closeFuture.whenComplete { _ in connections.close() }
        defer { listener.removeFile() }
        await withTaskCancellationHandler {
            await withGracefulShutdownHandler {
                await withDiscardingTaskGroup { group in
                    for await exchange in exchanges {
                        group.addTask { await exchange.answer(with: respond) }
                    }
                }
            } onGracefulShutdown: {
                accepting.close(promise: nil)
                accepting.eventLoop.scheduleTask(in: .init(configuration.limits.drainTimeout)) {
                    connections.closeAll()
                }
            }
        } onCancel: {
            accepting.close(promise: nil)
            connections.closeAll()
        }
    }

    private func bootstrap(
        _ tls: NIOSSLContext?, _ connections: ConnectionTable,
        _ exchanges: AsyncStream<Exchange>.Continuation
    ) -> ServerBootstrap {
        let limits = configuration.limits
        let refuse = configuration.refuse
        return ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try connections.add(channel)
                    let pipeline = channel.pipeline.syncOperations
                    if let tls { try pipeline.addHandler(NIOSSLServerHandler(context: tls)) }
                    try pipeline.configureHTTPServerPipeline(
                        withPipeliningAssistance: false, withErrorHandling: false,
                        withEncoderConfiguration: .init(),
                        withDecoderLimitConfiguration: limits.decoder)
                    try pipeline.addHandler(
                        RequestCollector(limits: limits, refuse: refuse, exchanges: exchanges))
                    try listener.setOptions(of: channel)
                }
            }
    }
}

extension HTTPLimits {
    fileprivate var decoder: NIOHTTPDecoderLimitConfiguration {
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderFieldSize = headerBytesMax
        limits.maxHeaderListSize = headerBytesMax
        return limits
    }
}
