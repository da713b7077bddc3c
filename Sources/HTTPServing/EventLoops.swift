import NIOCore

/// The threads on which NIO moves bytes, of servers and of clients.
package enum EventLoops {
    /// Few connections live here, and none of them waits on its thread; NIO's own choice, a thread
    /// a core, would cost memory for each core of the machine.
    static let count = 1

    /// To be called before the first server or client is made.
    package static func choose() {
        NIOSingletons.groupLoopCountSuggestion = count
    }
}
