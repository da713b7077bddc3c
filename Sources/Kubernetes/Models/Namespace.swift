/// A Namespace (core/v1), of which only the labels matter.
package struct Namespace: Resource, Hashable {
    package static let kind = "Namespace"
    package static let plural = "namespaces"
    package static let isNamespaced = false

    package var metadata: ObjectMeta

    package init(metadata: ObjectMeta) {
        self.metadata = metadata
    }
}
