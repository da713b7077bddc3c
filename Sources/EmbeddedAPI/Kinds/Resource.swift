import JSON
import Naming

/// One kind that is served: everything generic code must know about it.
struct Resource: Sendable {
    var group = ""
    let kind: String
    let plural: String
    var shortNames: [String] = []
    var categories: [String] = []
    var isNamespaced = true
    var hasStatus = false
    /// Whether an update must say which version it was made from.
    var needsVersion = false
    /// Objects all of whose times are longer ago are deleted when a new one is created; nil: they
    /// stay.
    var expiry: (seconds: Int64, times: [String])?
    /// What is wrong with a name, or nil.
    var nameProblem: @Sendable (String) -> String? = dns1123SubdomainProblem
    /// Beyond `metadata.name` and `metadata.namespace`.
    var selectableFields: [String] = []
    /// What no update can change.
    var immutableFields: [String] = []
    /// Beyond what every kind has; as for `Schema.fields`.
    let fields: [String: Schema]
    let columns: [Column]
    /// Fills in what was left out.
    var setDefaults: @Sendable (inout JSONValue, Preparation) -> Void = { _, _ in }
    /// Decides and checks what depends on more than one field; comes last, on sound fields only.
    var complete: @Sendable (inout JSONValue, inout Preparation) -> Void = { _, _ in }

    var singular: String { kind.lowercased() }
    var apiVersion: String { group.isEmpty ? "v1" : "\(group)/v1" }
    /// `services`, `leases.coordination.k8s.io`: unique, and what messages call it.
    var qualifiedName: String { group.isEmpty ? plural : "\(plural).\(group)" }

    var schema: Schema {
        let common: [String: Schema] = [
            "apiVersion kind": .string, "metadata": .metadata(name: nameProblem),
        ]
        return .fields(common.merging(fields) { $1 })
    }

    static let all = [
        namespaces, services, nodes, endpointSlices, leases, events, configMaps, secrets,
    ]
}

/// What a kind may look at when an object is written, and where it puts what is wrong.
struct Preparation {
    /// The object as it was; nil at creation.
    let old: JSONValue?
    /// All objects of the kind.
    let siblings: [ObjectKey: JSONValue]
    var causes = FieldCauses()
}

extension Resource {
    /// Makes a decoded object what is stored: defaults, checks, allocations.
    func prepare(_ object: inout JSONValue, _ preparation: inout Preparation) {
        setDefaults(&object, preparation)
        schema.check(object, &preparation.causes)
        for field in immutableFields {
            guard let old = preparation.old?[field], old != object[field] else { continue }
            preparation.causes.invalid(field, object[field] ?? .null, "field is immutable")
        }
        if preparation.causes.all.isEmpty { complete(&object, &preparation) }
    }
}
