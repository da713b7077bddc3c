import Ownership
import Status

/// What an operator may tell this node, over the control socket or by way of another node.
package struct NodeCommands: Sendable {
    package let node: String
    private let record: NodeRecordFile
    private let segment: SegmentLoop

    package init(node: String, record: NodeRecordFile, segment: SegmentLoop) {
        self.node = node
        self.record = record
        self.segment = segment
    }

    var isDrained: Bool { record.record.drained }

    /// Moves every address away, or allows them back; on disk first, so that a restart changes
    /// nothing.
    func drain(_ drains: Bool) throws -> DrainAnswer {
        try record.update { $0.drained = drains }
        segment.send(.drainChanged(drains))
        return DrainAnswer(node: node, drained: drains)
    }

    /// Does what was ordered, unless it was done before: what was said to this node itself since
    /// then stands.
    ///
    /// - Returns: whether it was done now.
    func obey(_ order: DrainOrder) throws -> Bool {
        guard record.record.order != order.id else { return false }
        try record.update { record in
            record.drained = order.drains
            record.order = order.id
        }
        segment.send(.drainChanged(order.drains))
        return true
    }

    /// Starts a run on every node of the segment.
    func rebalance() {
        segment.send(.rebalanceRequested)
    }
}
