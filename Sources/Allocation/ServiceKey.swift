/// The namespace and name of a Kubernetes Service; sorts by namespace, then name.
package struct ServiceKey: Hashable, Comparable, Sendable {
    package let namespace: String
    package let name: String

    package init(namespace: String, name: String) {
        self.namespace = namespace
        self.name = name
    }

    package static func < (left: ServiceKey, right: ServiceKey) -> Bool {
        (left.namespace, left.name) < (right.namespace, right.name)
    }
}

extension ServiceKey: CustomStringConvertible {
    package var description: String { "\(namespace)/\(name)" }
}
