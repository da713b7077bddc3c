import FoundationEssentials
import JSON

extension Resource {
    static let namespaces = Resource(
        kind: "Namespace", plural: "namespaces", shortNames: ["ns"], isNamespaced: false,
        hasStatus: true, nameProblem: dns1123LabelProblem, selectableFields: ["status.phase"],
        fields: [
            "spec": .object(["finalizers": .strings]),
            "status": .fields(strings: "phase", ["conditions": .conditions]),
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
            "spec": .fields(
                strings: "strategy",
                [
                    "holderIdentity": .pointer(.string), "preferredHolder": .pointer(.string),
                    "acquireTime": .microTime, "renewTime": .microTime,
                    "leaseDurationSeconds": .integer(1...Int64.max, "must be greater than 0"),
                    "leaseTransitions": .integer(
                        0...Int64.max, "must be greater than or equal to 0"),
                ])
        ],
        columns: [.name, .field("Holder", "spec", "holderIdentity"), .age],
        setDefaults: { lease, _ in lease = lease.withDefaults(["spec": [:]]) })

    static let configMaps = Resource(
        kind: "ConfigMap", plural: "configmaps", shortNames: ["cm"],
        fields: ["immutable": .boolean, "data": .entries(.string), "binaryData": .entries(.bytes)],
        columns: [.name, .entryCount("data", "binaryData"), .age],
        complete: { checkImmutable($0, &$1) })

    static let secrets = Resource(
        kind: "Secret", plural: "secrets", selectableFields: ["type"], immutableFields: ["type"],
        fields: [
            "type": .string, "immutable": .boolean, "data": .entries(.bytes),
            "stringData": .stringMap,
        ],
        columns: [.name, .field("Type", "type"), .entryCount("data"), .age],
        setDefaults: { secret, _ in
            for (key, value) in secret["stringData"]?.object ?? [:] {
                let bytes = Data((value.string ?? "").utf8)
                secret["data", key] = .string(bytes.base64EncodedString())
            }
            secret["stringData"] = nil
            secret = secret.withDefaults(["type": "Opaque"])
        },
        complete: { checkImmutable($0, &$1) })
}

/// A ConfigMap or Secret that says so of itself cannot be changed.
private func checkImmutable(_ object: JSONValue, _ preparation: inout Preparation) {
    guard let old = preparation.old, old["immutable"] == true else { return }
    for field in ["binaryData", "data", "immutable"] where old[field] != object[field] {
        preparation.causes.forbidden(field, "field is immutable when `immutable` is set")
    }
}

extension Column {
    fileprivate static func entryCount(_ fields: String...) -> Column {
        Column(name: "Data", type: "integer") { object, _ in
            JSONValue(fields.reduce(0) { $0 + (object[$1]?.object?.count ?? 0) })
        }
    }
}
