import Ownership
import Status

/// What an operator may tell this node, over the control socket.
package struct NodeCommands: Sendable {
    private let node: String
    private let record: NodeRecordFile
    private let segment: SegmentLoop

    package init(node: String, record: NodeRecordFile, segment: SegmentLoop) {
        self.node = node
        self.record = record
        self.segment = segment
    }

    /// Moves every address away, or allows them back; on disk first, so that a restart changes
    /// nothing.
    func drain(_ drains: Bool) throws -> DrainAnswer {
        try record.update { $0.drained = drains }
        segment.send(.drainChanged(drains))
        return DrainAnswer(node: node, drained: drains)
    }

    /// Starts a run on every node of the segment.
    func rebalance() {
        segment.send(.rebalanceRequested)
    }
}
