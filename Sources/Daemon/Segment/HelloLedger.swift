import Addressing
import Synchronization
import Timing
import Wire

/// What became of hellos, for status and metrics: written by the segment loop, read by anybody.
package final class HelloLedger: Sendable {
    /// A peer whose datagrams cannot be opened.
    package struct Misfit: Hashable, Sendable {
        package let reason: HelloRefusal
        package let last: Instant
    }

    /// Everything as of one instant.
    package struct Record: Sendable {
        /// Datagrams handed to the kernel, one a destination.
        package internal(set) var sent = 0
        /// Datagrams that the kernel did not take: no route, a packet filter, a link that is down.
        package internal(set) var unsent = 0
        /// Hellos of peers that were taken in.
        package internal(set) var received = 0
        package internal(set) var refused: [HelloRefusal: Int] = [:]
        /// When each node's last hello arrived, by name.
        package internal(set) var lastHeard: [String: Instant] = [:]
        /// By source; only addresses that belong to peers.
        package internal(set) var misfits: [IPAddress: Misfit] = [:]
        /// Why no hello is exchanged on a link, by the link's name.
        package internal(set) var failures: [String: String] = [:]

        package init() {}
    }

    private let content = Mutex(Record())

    package init() {}

    package var record: Record { content.withLock { $0 } }

    func heard(_ node: String, from source: IPAddress, at now: Instant) {
        content.withLock { record in
            record.received += 1
            record.lastHeard[node] = now
            record.misfits[source] = nil
        }
    }

    func sent(_ count: Int, unsent: Int) {
        content.withLock { record in
            record.sent += count
            record.unsent += unsent
        }
    }

    /// - Parameter source: nil when it is no peer's address.
    func refused(_ reason: HelloRefusal, from source: IPAddress?, at now: Instant) {
        content.withLock { record in
            record.refused[reason, default: 0] += 1
            if let source { record.misfits[source] = Misfit(reason: reason, last: now) }
        }
    }

    func failing(_ failures: [String: String]) {
        content.withLock { $0.failures = failures }
    }
}
