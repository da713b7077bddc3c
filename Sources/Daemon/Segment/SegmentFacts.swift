/// What the segment loop's thread and the responder know at this instant, for the status.
package struct SegmentFacts: Sendable {
    package let hellos: HelloLedger.Record
    /// The indices of links on which nobody can answer now.
    package let failingLinks: [Int32]

    package init(hellos: HelloLedger.Record = .init(), failingLinks: [Int32] = []) {
        self.hellos = hellos
        self.failingLinks = failingLinks
    }
}
