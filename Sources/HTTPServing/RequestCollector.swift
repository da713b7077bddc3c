import NIOCore
import NIOHTTP1

/// One connection's side of the server: collects requests within the limits, one at a time, hands
/// each on as an `Exchange`, and closes on whoever is too slow.
///
/// States: `awaitingHead → collecting → responding → awaitingHead`, and from the first two
/// `→ refused`, which ends in a close.
final class RequestCollector: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private enum State {
        case awaitingHead
        case collecting(HTTPRequestHead, body: [UInt8])
        case responding(gone: AsyncStream<Never>.Continuation)
        case refused
    }

    private let limits: HTTPLimits
    private let refuse: @Sendable (HTTPRefusal) -> HTTPResponse
    private let exchanges: AsyncStream<Exchange>.Continuation
    private var state = State.awaitingHead
    private var keepsAlive = true
    /// Parts of a next request that came in while this one is answered.
    private var pipelined: [HTTPServerRequestPart] = []
    private var readIsPending = false
    private var deadline: Scheduled<Void>?
    private var stallDeadline: Scheduled<Void>?
    private var writesInFlight = 0

    init(
        limits: HTTPLimits, refuse: @escaping @Sendable (HTTPRefusal) -> HTTPResponse,
        exchanges: AsyncStream<Exchange>.Continuation
    ) {
        self.limits = limits
        self.refuse = refuse
        self.exchanges = exchanges
    }

    // MARK: Inbound

    func channelActive(context: ChannelHandlerContext) {
        expect(within: limits.requestTimeout, context)
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        deadline?.cancel()
        stallDeadline?.cancel()
        if case .responding(let gone) = state { gone.finish() }
        state = .refused
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let part = unwrapInboundIn(data)
        if case .responding = state { pipelined.append(part) } else { collect(part, context) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let parserError = error as? HTTPParserError else {
            context.close(promise: nil)
            return
        }
        switch state {
        case .awaitingHead, .collecting:
            let isOverflow = parserError == .headerOverflow
            refuse(
                isOverflow
                    ? .headersTooLarge(limitBytes: limits.headerBytesMax)
                    : .malformed("\(parserError)"), context)
        case .responding: keepsAlive = false
        case .refused: break
        }
    }

    /// The server shuts down: an idle connection closes now, a busy one after its response.
    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard event is ChannelShouldQuiesceEvent else {
            context.fireUserInboundEventTriggered(event)
            return
        }
        keepsAlive = false
        if case .awaitingHead = state { context.close(promise: nil) }
    }

    // MARK: Collecting

    private func collect(_ part: HTTPServerRequestPart, _ context: ChannelHandlerContext) {
        switch (part, state) {
        case (.head(let head), .awaitingHead): begin(head, context)
        case (.body(let bytes), .collecting(let head, var body)):
            state = .awaitingHead  // so that the array is not copied while it grows
            body.append(contentsOf: bytes.readableBytesView)
            state = .collecting(head, body: body)
            if body.count > limits.bodyBytesMax {
                refuse(.bodyTooLarge(limitBytes: limits.bodyBytesMax), context)
            }
        case (.end, .collecting(let head, let body)): handOn(head, body, context)
        case (.end, .refused): context.close(promise: nil)
        case (.head, _), (.body, _), (.end, _): break
        }
    }

    private func begin(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        keepsAlive = keepsAlive && head.isKeepAlive
        state = .collecting(head, body: [])
        let announced = head.headers.first(name: "content-length").flatMap { Int($0) } ?? 0
        guard announced <= limits.bodyBytesMax else {
            return refuse(.bodyTooLarge(limitBytes: limits.bodyBytesMax), context)
        }
        if head.headers.first(name: "expect")?.lowercased() == "100-continue" {
            let head = HTTPResponseHead(version: .http1_1, status: .continue)
            context.writeAndFlush(wrapOutboundOut(.head(head)), promise: nil)
        }
        expect(within: limits.requestTimeout, context)
    }

    private func handOn(
        _ head: HTTPRequestHead, _ body: [UInt8], _ context: ChannelHandlerContext
    ) {
        let request: HTTPRequest
        do {
            request = try HTTPRequest(
                method: head.method.rawValue, target: head.uri,
                headers: head.headers.map { HTTPField($0.name, $0.value) }, body: body)
        } catch {
            refuse(.malformed(error.description), context)
            context.close(promise: nil)
            return
        }
        deadline?.cancel()
        let (gone, continuation) = AsyncStream<Never>.makeStream()
        state = .responding(gone: continuation)
        exchanges.yield(
            Exchange(
                request: request, channel: context.channel, keepsAlive: keepsAlive, gone: gone))
    }

    /// Answers in the server's own words, then reads on for a moment: closing with unread bytes
    /// would reset the connection before the client has read why.
    private func refuse(_ refusal: HTTPRefusal, _ context: ChannelHandlerContext) {
        state = .refused
        let response = refuse(refusal)
        guard case .whole(let bytes) = response.body else {
            return context.close(promise: nil)
        }
        for part in response.parts(of: bytes, keepsAlive: false, isHead: false) {
            context.write(wrapOutboundOut(part), promise: nil)
        }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        expect(within: limits.lingerTimeout, context)
    }

    // MARK: Outbound

    /// While a response is written nothing more is read, so that a client cannot pile up requests.
    func read(context: ChannelHandlerContext) {
        if case .responding = state { readIsPending = true } else { context.read() }
    }

    func write(
        context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?
    ) {
        let promise = promise ?? context.eventLoop.makePromise()
        writesInFlight += 1
        if writesInFlight == 1 { expectProgress(context) }
        promise.futureResult.assumeIsolated().whenComplete { _ in self.written(context) }
        let isEnd = if case .end = unwrapOutboundIn(data) { true } else { false }
        context.write(data, promise: promise)
        if isEnd, case .responding(let gone) = state { finishResponse(gone, promise, context) }
    }

    private func finishResponse(
        _ gone: AsyncStream<Never>.Continuation, _ written: EventLoopPromise<Void>,
        _ context: ChannelHandlerContext
    ) {
        gone.finish()
        guard keepsAlive else {
            state = .refused
            written.futureResult.assumeIsolated().whenComplete { _ in context.close(promise: nil) }
            return
        }
        state = .awaitingHead
        expect(within: limits.idleTimeout, context)
        let parts = pipelined
        pipelined = []
        for part in parts { channelRead(context: context, data: NIOAny(part)) }
        if readIsPending {
            readIsPending = false
            read(context: context)
        }
    }

    // MARK: Time

    /// Closes the connection unless a next step comes within `timeout`.
    private func expect(within timeout: Duration, _ context: ChannelHandlerContext) {
        deadline?.cancel()
        deadline = context.eventLoop.assumeIsolated().scheduleTask(in: .init(timeout)) {
            if case .collecting = self.state { return self.refuse(.tooSlow, context) }
            context.close(promise: nil)
        }
    }

    private func expectProgress(_ context: ChannelHandlerContext) {
        stallDeadline?.cancel()
        stallDeadline = context.eventLoop.assumeIsolated()
            .scheduleTask(in: .init(limits.writeTimeout)) { context.close(promise: nil) }
    }

    private func written(_ context: ChannelHandlerContext) {
        writesInFlight -= 1
        if writesInFlight == 0 { stallDeadline?.cancel() } else { expectProgress(context) }
    }
}
