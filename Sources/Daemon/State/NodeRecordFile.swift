import Synchronization

/// `node.json` and what it holds: changed by whoever has reason to, on disk before a change returns.
package final class NodeRecordFile: Sendable {
    private let state: StateDirectory
    private let content: Mutex<NodeRecord>

    /// Counts this start.
    package init(in state: StateDirectory) throws {
        self.state = state
        content = Mutex(try state.countStart())
    }

    package var record: NodeRecord { content.withLock { $0 } }

    /// Writes what `change` makes of the record; throws, and keeps the old one, when it cannot.
    package func update(_ change: (inout NodeRecord) -> Void) throws {
        try content.withLock { record in
            var changed = record
            change(&changed)
            guard changed != record else { return }
            try state.write(changed)
            record = changed
        }
    }
}
