import Addressing
import Ownership

/// Whom the segment loop tells what; called on its thread, so nothing here may wait.
struct SegmentOutputs: Sendable {
    let report: @Sendable (OwnershipReport) -> Void
    let linksChanged: @Sendable (LinkTable) -> Void
    /// To be on disk before the next start.
    let saveIncarnation: @Sendable (UInt32) -> Void
}
