import Kubernetes

/// An operator's word to a node by way of another node's daemon: an entry of ConfigMap
/// `herald-drain`, `NODE: "drain ID"` or `NODE: "undrain ID"`.
///
/// The id is new with each order: a node obeys an order once, whenever it reads it.
package struct DrainOrder: Hashable, Sendable {
    static let configMap = NamespacedName(namespace: "herald-system", name: "herald-drain")

    let drains: Bool
    let id: String

    init(drains: Bool, id: String) {
        self.drains = drains
        self.id = id
    }

    /// Nil when the text is no order; somebody edited it by hand.
    init?(text: String) {
        let words = text.split(separator: " ").map(String.init)
        guard words.count == 2, ["drain", "undrain"].contains(words[0]) else { return nil }
        self.init(drains: words[0] == "drain", id: words[1])
    }

    var text: String { "\(drains ? "drain" : "undrain") \(id)" }
}
