extension Resource {
    static let nodes = Resource(
        kind: "Node", plural: "nodes", shortNames: ["no"], isNamespaced: false, hasStatus: true,
        selectableFields: ["spec.unschedulable"],
        fields: [
            "spec": .fields(
                strings: "podCIDR providerID externalID", booleans: "unschedulable",
                [
                    "podCIDRs": .list(.string, .primitives),
                    "taints": .list(.fields(strings: "key value effect", times: "timeAdded")),
                    "configSource": .any,
                ]),
            "status": .fields(
                strings: "phase",
                [
                    "capacity": .map(.integerOrString), "allocatable": .map(.integerOrString),
                    "conditions": .list(.condition, .byKey("type")),
                    "addresses": .list(.fields(strings: "type address"), .byKey("type")),
                    "daemonEndpoints": .object(["kubeletEndpoint": .fields(integers: "Port")]),
                    "nodeInfo": .fields(
                        strings: "machineID systemUUID bootID kernelVersion osImage "
                            + "containerRuntimeVersion kubeletVersion kubeProxyVersion "
                            + "operatingSystem architecture"),
                    "images": .list(.fields(integers: "sizeBytes", ["names": .strings])),
                    "volumesInUse": .strings,
                    "volumesAttached": .list(.fields(strings: "name devicePath")),
                    "config": .any, "runtimeHandlers": .list(.any), "features": .any,
                ]),
        ],
        columns: [
            .name, Column("Status") { node, _ in .string(state(of: node)) },
            Column("Roles") { node, _ in .string(roles(of: node)) }, .age,
            .field("Version", ["status", "nodeInfo", "kubeletVersion"]),
            address("Internal-IP", "InternalIP"), address("External-IP", "ExternalIP"),
            fact("OS-Image", "osImage"), fact("Kernel-Version", "kernelVersion"),
            fact("Container-Runtime", "containerRuntimeVersion"),
        ]
    ) { node, preparation in
        if node["spec"] == nil { node["spec"] = [:] }
        if node["status"] == nil { node["status"] = [:] }
        for (index, address) in (node["status", "addresses"]?.array ?? []).enumerated() {
            for field in ["type", "address"] where address[field]?.string == nil {
                preparation.causes.required("status.addresses[\(index)].\(field)")
            }
        }
        for (index, condition) in (node["status", "conditions"]?.array ?? []).enumerated()
        where condition["type"]?.string == nil {
            preparation.causes.required("status.conditions[\(index)].type")
        }
    }
}

private func state(of node: JSONValue) -> String {
    let ready = node["status", "conditions"]?.array?.first { $0["type"] == "Ready" }
    var parts: [String]
    switch ready?["status"]?.string {
    case nil: parts = ["Unknown"]
    case "True": parts = ["Ready"]
    default: parts = ["NotReady"]
    }
    if node["spec", "unschedulable"] == true { parts.append("SchedulingDisabled") }
    return parts.joined(separator: ",")
}

private func roles(of node: JSONValue) -> String {
    let prefix = "node-role.kubernetes.io/"
    let roles = (node["metadata", "labels"]?.object ?? [:]).compactMap { label -> String? in
        if label.key.hasPrefix(prefix) { return String(label.key.dropFirst(prefix.count)) }
        return label.key == "kubernetes.io/role" ? label.value.string : nil
    }
    let named = roles.filter { !$0.isEmpty }.sorted()
    return named.isEmpty ? "<none>" : named.joined(separator: ",")
}

private func address(_ name: String, _ type: String) -> Column {
    Column(name, priority: 1) { node, _ in
        let addresses = node["status", "addresses"]?.array ?? []
        return addresses.first { $0["type"] == .string(type) }?["address"] ?? "<none>"
    }
}

private func fact(_ name: String, _ field: String) -> Column {
    .field(name, priority: 1, absent: "<unknown>", ["status", "nodeInfo", field])
}
