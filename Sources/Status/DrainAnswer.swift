/// What a daemon answers to `drain` and `undrain`.
package struct DrainAnswer: Hashable, Sendable, Decodable {
    package let node: String
    package let drained: Bool
    /// The node is another one, and was told by way of the API; nil: it is done.
    package let ordered: Bool?

    package init(node: String, drained: Bool, isOrdered: Bool = false) {
        self.node = node
        self.drained = drained
        ordered = isOrdered ? true : nil
    }

    package var document: Document {
        .fields([
            "node": .text(node), "drained": .flag(drained), "ordered": ordered.map { .flag($0) },
        ])
    }
}
