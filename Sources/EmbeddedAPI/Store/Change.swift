/// Which object of a resource: `namespace` is empty for a cluster-wide one.
struct ObjectKey: Hashable, Comparable, Sendable {
    let namespace: String
    let name: String

    static func < (left: ObjectKey, right: ObjectKey) -> Bool {
        (left.namespace, left.name) < (right.namespace, right.name)
    }
}

/// One write: what a watch delivers. Versions grow by one, over all resources.
struct Change: Sendable {
    enum Kind: Int64, Sendable {
        case added, modified, deleted
    }

    let version: Int64
    let kind: Kind
    /// The resource's qualified name, as `leases.coordination.k8s.io`.
    let resource: String
    let key: ObjectKey
    /// The object as written; of a deletion its last state, with the deletion's version.
    let object: JSONValue
    let previous: JSONValue?
}
