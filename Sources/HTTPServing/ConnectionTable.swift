import NIOCore
import Synchronization

/// The open connections of one server, so that they can be counted, drained and closed.
final class ConnectionTable: Sendable {
    private struct State {
        var channels: [ObjectIdentifier: any Channel] = [:]
        var isClosing = false
    }

    /// A connection that is one too many, or that came while the server was closing.
    struct Refused: Error {}

    private let state = Mutex(State())
    private let max: Int
    private let emptied: @Sendable () -> Void

    /// `emptied` is called once the server is closing and the last connection is gone.
    init(max: Int, emptied: @escaping @Sendable () -> Void) {
        self.max = max
        self.emptied = emptied
    }

    func add(_ channel: any Channel) throws(Refused) {
        let key = ObjectIdentifier(channel)
        let added = state.withLock { state in
            guard !state.isClosing, state.channels.count < max else { return false }
            state.channels[key] = channel
            return true
        }
        guard added else { throw Refused() }
        channel.closeFuture.whenComplete { _ in self.remove(key) }
    }

    private func remove(_ key: ObjectIdentifier) {
        let isEmptied = state.withLock { state in
            state.channels[key] = nil
            return state.isClosing && state.channels.isEmpty
        }
        if isEmptied { emptied() }
    }

    /// Lets nobody in any more; idle connections close now, busy ones after their response.
    func close() {
        let channels = state.withLock { state in
            state.isClosing = true
            return Array(state.channels.values)
        }
        if channels.isEmpty { emptied() }
        for channel in channels {
            channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
        }
    }

    func closeAll() {
        let channels = state.withLock { Array($0.channels.values) }
        for channel in channels { channel.close(promise: nil) }
    }
}
