extension Resource {
    static let namespaces = Resource(
        kind: "Namespace", plural: "namespaces", shortNames: ["ns"], isNamespaced: false,
        hasStatus: true, nameProblem: dns1123LabelProblem, selectableFields: ["status.phase"],
        fields: [
            "spec": .object(["finalizers": .strings]),
            "status": .fields(strings: "phase", ["conditions": .list(.condition, .byKey("type"))]),
        ],
        columns: [.name, .field("Status", ["status", "phase"]), .age]
    ) { object, preparation in
        object["spec"] = preparation.old?["spec"] ?? ["finalizers": ["kubernetes"]]
        if preparation.old == nil { object["status"] = ["phase": "Active"] }
        object["metadata", "labels", "kubernetes.io/metadata.name"] = object["metadata", "name"]
    }

    static let leases = Resource(
        group: "coordination.k8s.io", kind: "Lease", plural: "leases", needsVersion: true,
        fields: [
            "spec": .fields(
                strings: "holderIdentity preferredHolder strategy",
                integers: "leaseDurationSeconds leaseTransitions",
                ["acquireTime": .microTime, "renewTime": .microTime])
        ],
        columns: [.name, .field("Holder", ["spec", "holderIdentity"]), .age]
    ) { object, preparation in
        if object["spec"] == nil { object["spec"] = [:] }
        if let seconds = object["spec", "leaseDurationSeconds"], (seconds.integer ?? 0) <= 0 {
            preparation.causes.invalid(
                "spec.leaseDurationSeconds", seconds, "must be greater than 0")
        }
        if let transitions = object["spec", "leaseTransitions"], (transitions.integer ?? 0) < 0 {
            preparation.causes.invalid(
                "spec.leaseTransitions", transitions, "must be greater than or equal to 0")
        }
    }

    static let configMaps = Resource(
        kind: "ConfigMap", plural: "configmaps", shortNames: ["cm"],
        fields: [
            "immutable": .boolean, "data": .stringMap, "binaryData": .map(.bytes),
        ],
        columns: [.name, .entryCount(["data", "binaryData"]), .age]
    ) { object, preparation in
        checkEntries(object, ["data", "binaryData"], &preparation)
    }

    static let secrets = Resource(
        kind: "Secret", plural: "secrets", selectableFields: ["type"],
        fields: [
            "type": .string, "immutable": .boolean, "data": .map(.bytes),
            "stringData": .stringMap,
        ],
        columns: [.name, .field("Type", ["type"]), .entryCount(["data"]), .age]
    ) { object, preparation in
        for (key, value) in object["stringData"]?.object ?? [:] {
            object["data", key] = .string(base64Encoded(Array((value.string ?? "").utf8)))
        }
        object["stringData"] = nil
        if object["type"] == nil { object["type"] = "Opaque" }
        if let old = preparation.old?["type"], old != object["type"] {
            preparation.causes.invalid("type", object["type"] ?? "", "field is immutable")
        }
        checkEntries(object, ["data"], &preparation)
    }
}

/// ConfigMaps and Secrets: their keys, and that an immutable one is not changed.
private func checkEntries(
    _ object: JSONValue, _ fields: [String], _ preparation: inout Preparation
) {
    for field in fields {
        for key in (object[field]?.object ?? [:]).keys.sorted() {
            guard let problem = configKeyProblem(key) else { continue }
            preparation.causes.invalid("\(field)[\(key)]", .string(key), problem)
        }
        guard let old = preparation.old, old["immutable"] == true, old[field] != object[field]
        else { continue }
        preparation.causes.forbidden(field, "field is immutable when `immutable` is set")
    }
    if preparation.old?["immutable"] == true, object["immutable"] != true {
        preparation.causes.forbidden("immutable", "field is immutable when `immutable` is set")
    }
}

extension Column {
    fileprivate static func entryCount(_ fields: [String]) -> Column {
        Column("Data", type: "integer") { object, _ in
            JSONValue(fields.reduce(0) { $0 + (object[$1]?.object?.count ?? 0) })
        }
    }
}
