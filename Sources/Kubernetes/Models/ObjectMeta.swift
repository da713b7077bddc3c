/// What every object carries (`metadata`), without managedFields.
///
/// kubectl's copy of the last applied manifest is dropped as well: it is as large as the object
/// and nobody but kubectl reads it.
package struct ObjectMeta: Hashable, Sendable {
    package var name: String
    /// Empty for cluster-scoped kinds.
    package var namespace: String
    /// Empty until the server has given one; so are the next ones.
    package var uid: String
    package var resourceVersion: String
    package var labels: [String: String]
    package var annotations: [String: String]
    package var creationTimestamp: Time?
    package var deletionTimestamp: Time?

    package init(
        name: String, namespace: String = "", labels: [String: String] = [:],
        annotations: [String: String] = [:], resourceVersion: String = ""
    ) {
        self.name = name
        self.namespace = namespace
        self.uid = ""
        self.resourceVersion = resourceVersion
        self.labels = labels
        self.annotations = annotations
    }

    static let lastApplied = "kubectl.kubernetes.io/last-applied-configuration"
}

extension ObjectMeta: Codable {
    enum CodingKeys: String, CodingKey {
        case name, namespace, uid, resourceVersion, labels, annotations
        case creationTimestamp, deletionTimestamp
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        name = try container.decode(.name, or: "")
        namespace = try container.decode(.namespace, or: "")
        uid = try container.decode(.uid, or: "")
        resourceVersion = try container.decode(.resourceVersion, or: "")
        labels = try container.decode(.labels, or: [:])
        annotations = try container.decode(.annotations, or: [:])
        annotations[Self.lastApplied] = nil
        creationTimestamp = try container.decodeIfPresent(Time.self, forKey: .creationTimestamp)
        deletionTimestamp = try container.decodeIfPresent(Time.self, forKey: .deletionTimestamp)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encodeUnlessEmpty(name, forKey: .name)
        try container.encodeUnlessEmpty(namespace, forKey: .namespace)
        try container.encodeUnlessEmpty(uid, forKey: .uid)
        try container.encodeUnlessEmpty(resourceVersion, forKey: .resourceVersion)
        try container.encodeUnlessEmpty(labels, forKey: .labels)
        try container.encodeUnlessEmpty(annotations, forKey: .annotations)
        try container.encodeIfPresent(creationTimestamp, forKey: .creationTimestamp)
        try container.encodeIfPresent(deletionTimestamp, forKey: .deletionTimestamp)
    }
}
