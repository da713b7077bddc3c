import Foundation
import NIOCore
import NIOPosix
import Synchronization

@testable import Kubernetes

/// A server that answers each request with exactly the bytes that a test wrote for it: for what a
/// real server does only when it is ill.
struct ScriptedServer {
    /// What a request is answered with, one after the other; then the server says no more and keeps
    /// the connection open.
    enum Act {
        case say(String)
    }

    private let listener: any Channel
    private let script: Script

    /// - Parameter answers: one for each request, in order; later ones get no answer.
    init(_ answers: [[Act]]) async throws {
        let script = Script(answers)
        self.script = script
        listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(ScriptReader(script))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
    }

    var url: String { "http://127.0.0.1:\(listener.localAddress?.port ?? 0)" }

    /// The requests so far: line and body.
    var requests: [String] { script.requests }
    var connections: Int { script.connections }
    /// The Authorization header of each request so far.
    var tokens: [String] { script.tokens }

    /// Breaks every connection; what was said before goes out first.
    func breakConnections() { script.breakConnections() }

    func close() async {
        try? await listener.close()
    }

    /// Runs `test` with a client of a server that answers so.
    static func withClient(
        _ answers: [[Act]], silenceMax: TimeAmount = .seconds(30),
        _ test: (KubernetesClient, ScriptedServer) async throws -> Void
    ) async throws {
        let server = try await ScriptedServer(answers)
        let client = try KubernetesClient(
            ClusterAccess(server: server.url, authorization: .token("secret")), "test",
            MultiThreadedEventLoopGroup.singleton, silenceMax: silenceMax)
        do {
            try await test(client, server)
        } catch {
            await client.shutdown()
            await server.close()
            throw error
        }
        await client.shutdown()
        await server.close()
    }
}

extension ScriptedServer.Act {
    /// A whole answer.
    static func answer(_ status: Int, _ body: String, headers: String = "") -> ScriptedServer.Act {
        .say(
            "HTTP/1.1 \(status) X\r\n\(headers)content-length: \(body.utf8.count)\r\n\r\n\(body)")
    }

    /// The head of an answer whose body comes in chunks.
    static let streamHead = ScriptedServer.Act.say(
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")

    static func chunk(_ text: String) -> ScriptedServer.Act {
        .say("\(String(text.utf8.count, radix: 16))\r\n\(text)\r\n")
    }

    static let streamEnd = ScriptedServer.Act.say("0\r\n\r\n")
}

/// What is still to be answered and what was asked, for all connections of a server.
private final class Script: Sendable {
    private struct State {
        var answers: ArraySlice<[ScriptedServer.Act]>
        var requests: [String] = []
        var tokens: [String] = []
        var connections = 0
        var channels: [any Channel] = []
    }

    private let state: Mutex<State>

    init(_ answers: [[ScriptedServer.Act]]) {
        state = Mutex(State(answers: answers[...]))
    }

    var requests: [String] { state.withLock { $0.requests } }
    var tokens: [String] { state.withLock { $0.tokens } }
    var connections: Int { state.withLock { $0.connections } }

    func connected(_ channel: any Channel) {
        state.withLock {
            $0.connections += 1
            $0.channels.append(channel)
        }
    }

    func breakConnections() {
        for channel in state.withLock({ $0.channels }) { channel.close(promise: nil) }
    }

    func note(token: String) {
        state.withLock { $0.tokens.append(token) }
    }

    func answer(to request: String) -> [ScriptedServer.Act] {
        state.withLock { state in
            state.requests.append(request)
            return state.answers.popFirst() ?? []
        }
    }
}

/// Finds the end of each request on one connection.
private final class ScriptReader: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let script: Script
    private var text = ""

    init(_ script: Script) {
        self.script = script
    }

    func channelActive(context: ChannelHandlerContext) {
        script.connected(context.channel)
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        text += String(buffer: unwrapInboundIn(data))
        while let head = text.range(of: "\r\n\r\n") {
            let fields = text[..<head.lowerBound].components(separatedBy: "\r\n")
            let length =
                fields.compactMap { field in
                    field.lowercased().hasPrefix("content-length: ")
                        ? Int(field.dropFirst(16)) : nil
                }.first ?? 0
            let rest = text[head.upperBound...]
            guard rest.utf8.count >= length else { return }
            let body = String(rest.prefix(length))
            text = String(rest.dropFirst(length))
            for field in fields where field.lowercased().hasPrefix("authorization: ") {
                script.note(token: String(field.dropFirst(15)))
            }
            play(script.answer(to: "\(fields[0]) \(body)"), context)
        }
    }

    private func play(_ acts: [ScriptedServer.Act], _ context: ChannelHandlerContext) {
        for act in acts {
            switch act {
            case .say(let text):
                context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text)), promise: nil)
            }
        }
    }
}
