import FoundationEssentials
import NIOCore
import NIOPosix
import Synchronization
import Timing

/// The credential that a plugin gave, kept until it expires or the server refuses it.
///
/// However many requests want it, the plugin runs once at a time, on a thread of its own.
final class PluginCredentials: Sendable {
    private struct State {
        var answer: EventLoopFuture<ExecCredential>?
        /// What `answer` gave; nil until it has, and when it failed.
        var credential: ExecCredential?
        var hasFailed = false
    }

    private let ask: @Sendable () throws -> ExecCredential
    private let now: @Sendable () -> WallTime
    private let eventLoop: any EventLoop
    private let state = Mutex(State())

    /// A credential is replaced so long before it expires, for requests take time as well.
    static let expiryMargin: Duration = .seconds(10)

    convenience init(_ plugin: ExecPlugin, _ group: any EventLoopGroup) {
        let environment = ProcessInfo.processInfo.environment
        self.init(
            group, now: { WallTime(secondsSince1970: Int64(Date().timeIntervalSince1970)) },
            ask: { try plugin.ask(environment: environment) })
    }

    init(
        _ group: any EventLoopGroup, now: @escaping @Sendable () -> WallTime,
        ask: @escaping @Sendable () throws -> ExecCredential
    ) {
        self.ask = ask
        self.now = now
        eventLoop = group.any()
    }

    /// The credential for a request that is sent now; throws the plugin's failure.
    func current() async throws -> ExecCredential {
        let answer = state.withLock { state in
            if let answer = state.answer, !isSpent(state) { return answer }
            let answer = NIOThreadPool.singleton.runIfActive(eventLoop: eventLoop, ask)
            state = State(answer: answer)
            return answer
        }
        do {
            let credential = try await answer.get()
            note(credential, of: answer)
            return credential
        } catch {
            note(nil, of: answer)
            throw error
        }
    }

    /// The server does not accept it: the next request asks for another.
    func refused(_ credential: ExecCredential) {
        state.withLock { state in
            if state.credential == credential { state = State() }
        }
    }

    private func note(_ credential: ExecCredential?, of answer: EventLoopFuture<ExecCredential>) {
        state.withLock { state in
            guard state.answer === answer else { return }
            state.credential = credential
            state.hasFailed = credential == nil
        }
    }

    private func isSpent(_ state: State) -> Bool {
        guard let expiration = state.credential?.expiration else { return state.hasFailed }
        let margin = Int64(Self.expiryMargin.components.seconds) * 1_000_000
        return now().microseconds >= expiration.microseconds - margin
    }
}
