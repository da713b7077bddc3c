/// A kind of object that the API serves, with what its URL is made of.
///
/// Models hold only the fields that Herald needs and ignore the rest, so an object that was read
/// must be changed by `patch`; see `ReplaceableResource` for `update`.
package protocol Resource: Codable, Sendable {
    /// The API group; empty for core.
    static var group: String { get }
    static var version: String { get }
    static var kind: String { get }
    /// The kind as URLs spell it, such as `services`.
    static var plural: String { get }
    static var isNamespaced: Bool { get }

    var metadata: ObjectMeta { get }
}

/// A kind whose model loses nothing that anybody else would miss, so that it may be written whole.
package protocol ReplaceableResource: Resource {}

extension Resource {
    package static var group: String { "" }
    package static var version: String { "v1" }
    package static var isNamespaced: Bool { true }

    /// `v1` for core, else `group/version`.
    package static var apiVersion: String { group.isEmpty ? version : "\(group)/\(version)" }

    package var namespacedName: NamespacedName {
        NamespacedName(namespace: metadata.namespace, name: metadata.name)
    }
}

/// What names one object of a kind; the namespace is empty for cluster-scoped kinds.
package struct NamespacedName: Hashable, Comparable, Sendable {
    package let namespace: String
    package let name: String

    package init(namespace: String = "", name: String) {
        self.namespace = namespace
        self.name = name
    }

    package static func < (left: NamespacedName, right: NamespacedName) -> Bool {
        (left.namespace, left.name) < (right.namespace, right.name)
    }
}

extension NamespacedName: CustomStringConvertible {
    package var description: String { namespace.isEmpty ? name : "\(namespace)/\(name)" }
}

/// An object with the `apiVersion` and `kind` that a request body must carry.
struct Manifest<R: Resource>: Encodable {
    let object: R

    enum CodingKeys: String, CodingKey {
        case apiVersion
        case kind
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(R.apiVersion, forKey: .apiVersion)
        try container.encode(R.kind, forKey: .kind)
        try object.encode(to: encoder)
    }
}
