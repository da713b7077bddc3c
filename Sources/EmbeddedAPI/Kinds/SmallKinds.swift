import FoundationEssentials
import JSON
import Naming

extension Resource {
    static let namespaces = Resource(
        kind: "Namespace", plural: "namespaces", shortNames: ["ns"], isNamespaced: false,
        hasStatus: true, nameProblem: dns1123LabelProblem, selectableFields: ["status.phase"],
        fields: [
            "spec": .object(["finalizers": .strings]),
            "status": .fields(["phase": .string, "conditions": .conditions]),
        ],
        columns: [.name, .field("Status", "status", "phase"), .age],
        setDefaults: { object, preparation in
            object["spec"] = ["finalizers": ["kubernetes"]]
            if preparation.old == nil { object["status"] = ["phase": "Active"] }
            object["metadata", "labels", "kubernetes.io/metadata.name"] =
                object["metadata", "name"]
        })

    static let leases = Resource(
        group: "coordination.k8s.io", kind: "Lease", plural: "leases", needsVersion: true,
        fields: [
            "spec": .fields([
                "strategy": .string, "holderIdentity preferredHolder": .pointer(.string),
                "acquireTime renewTime": .microTime,
                "leaseDurationSeconds": .integer(1...Int64.max, "must be greater than 0"),
                "leaseTransitions": .integer(
                    0...Int64.max, "must be greater than or equal to 0"),
            ])
        ],
        columns: [.name, .field("Holder", "spec", "holderIdentity"), .age],
        setDefaults: { lease, _ in lease = lease.withDefaults(["spec": [:]]) })

    static let configMaps = Resource(
        kind: "ConfigMap", plural: "configmaps", shortNames: ["cm"],
        fields: [
            "immutable": .boolean, "data": .entries(.string), "binaryData": .entries(.bytes),
        ],
        columns: [.name, .entryCount("data", "binaryData"), .age])

    static let secrets = Resource(
        kind: "Secret", plural: "secrets", selectableFields: ["type"], immutableFields: ["type"],
        fields: [
            "type": .string, "immutable": .boolean, "stringData": .map(.string),
            "data": .entries(.bytes),
        ],
        columns: [.name, .field("Type", "type"), .entryCount("data"), .age],
        setDefaults: { secret, _ in
            for (key, value) in secret["stringData"]?.object ?? [:] {
                let bytes = Data((value.string ?? "").utf8)
                secret["data", key] = .string(bytes.base64EncodedString())
            }
            secret["stringData"] = nil
            secret = secret.withDefaults(["type": "Opaque"])
        })
}

extension Column {
    fileprivate static func entryCount(_ fields: String...) -> Column {
        Column(name: "Data", type: "integer") { object, _ in
            JSONValue(fields.reduce(0) { $0 + (object[$1]?.object?.count ?? 0) })
        }
    }
}

extension Schema {
    /// The data of ConfigMaps and Secrets.
    fileprivate static func entries(_ element: Schema) -> Schema {
        map(element, naming: true, keys: configKeyProblem)
    }
}
