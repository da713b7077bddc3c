/// One kind that is served: everything generic code must know about it.
struct Resource: Sendable {
    let group: String
    let kind: String
    let plural: String
    let singular: String
    let shortNames: [String]
    let categories: [String]
    let isNamespaced: Bool
    let hasStatus: Bool
    /// Whether an update must say which version it was made from.
    let needsVersion: Bool
    /// Objects last written longer ago are deleted when a new one is created; nil: they stay.
    let timeToLiveSeconds: Int64?
    /// What is wrong with a name, or nil.
    let nameProblem: @Sendable (String) -> String?
    /// Beyond `metadata.name` and `metadata.namespace`.
    let selectableFields: [String]
    let schema: Schema
    let columns: [Column]
    /// Fills in defaults and checks what is particular to the kind.
    let prepare: @Sendable (inout JSONValue, inout Preparation) -> Void

    init(
        group: String = "", kind: String, plural: String, shortNames: [String] = [],
        categories: [String] = [], isNamespaced: Bool = true, hasStatus: Bool = false,
        needsVersion: Bool = false, timeToLiveSeconds: Int64? = nil,
        nameProblem: @escaping @Sendable (String) -> String? = dns1123SubdomainProblem,
        selectableFields: [String] = [], fields: [String: Schema], columns: [Column],
        prepare: @escaping @Sendable (inout JSONValue, inout Preparation) -> Void = { _, _ in }
    ) {
        self.group = group
        self.kind = kind
        self.plural = plural
        singular = kind.lowercased()
        self.shortNames = shortNames
        self.categories = categories
        self.isNamespaced = isNamespaced
        self.hasStatus = hasStatus
        self.needsVersion = needsVersion
        self.timeToLiveSeconds = timeToLiveSeconds
        self.nameProblem = nameProblem
        self.selectableFields = selectableFields
        let common = ["apiVersion": Schema.string, "kind": .string, "metadata": .metadata]
        schema = .object(common.merging(fields) { $1 })
        self.columns = columns
        self.prepare = prepare
    }

    let version = "v1"
    var apiVersion: String { group.isEmpty ? version : "\(group)/\(version)" }
    /// `services`, `leases.coordination.k8s.io`: unique, and what messages call it.
    var qualifiedName: String { group.isEmpty ? plural : "\(plural).\(group)" }
}

extension Resource {
    static let all: [Resource] = [
        namespaces, services, nodes, endpointSlices, leases, events, configMaps, secrets,
    ]

    static func named(_ plural: String, group: String) -> Resource? {
        all.first { $0.plural == plural && $0.group == group }
    }
}

/// What a kind's `prepare` may look at, and where it puts what is wrong.
struct Preparation {
    /// The object as it was; nil at creation.
    let old: JSONValue?
    /// Whether the status subresource is written.
    let isStatus: Bool
    /// All objects of the kind.
    let siblings: [ObjectKey: JSONValue]
    let now: Timestamp
    var causes = FieldCauses()
}

extension Schema {
    /// metav1.ObjectMeta.
    static let metadata = Schema.fields(
        strings: "name generateName namespace uid resourceVersion selfLink",
        integers: "generation deletionGracePeriodSeconds",
        times: "creationTimestamp deletionTimestamp",
        [
            "labels": .stringMap, "annotations": .stringMap,
            "finalizers": .list(.string, .primitives),
            "ownerReferences": .list(
                .fields(
                    strings: "apiVersion kind name uid",
                    booleans: "controller blockOwnerDeletion"), .byKey("uid")),
            "managedFields": .list(.any),
        ])

    /// metav1.Condition and its older relatives.
    static let condition = Schema.fields(
        strings: "type status reason message", integers: "observedGeneration",
        times: "lastTransitionTime lastHeartbeatTime lastUpdateTime")

    /// v1.ObjectReference.
    static let objectReference = Schema.fields(
        strings: "kind namespace name uid apiVersion resourceVersion fieldPath")
}
