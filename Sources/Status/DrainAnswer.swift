/// What a daemon answers to `drain` and `undrain`.
package struct DrainAnswer: Hashable, Sendable, Decodable {
    package let node: String
    package let drained: Bool

    package init(node: String, drained: Bool) {
        self.node = node
        self.drained = drained
    }

    package var document: Document {
        .fields(["node": .text(node), "drained": .flag(drained)])
    }
}
