import JSON

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
                ]),
            "status": .fields(
                strings: "phase",
                [
                    "capacity": .map(.integerOrString), "allocatable": .map(.integerOrString),
                    "conditions": .conditions,
                    "addresses": .list(
                        .object(["type": .required(.string), "address": .required(.string)]),
                        .byKey("type")),
                    "daemonEndpoints": .object(["kubeletEndpoint": .fields(integers: "Port")]),
                    "nodeInfo": .fields(
                        strings: "machineID systemUUID bootID kernelVersion osImage "
                            + "containerRuntimeVersion kubeletVersion kubeProxyVersion "
                            + "operatingSystem architecture"),
                    "images": .any, "volumesInUse": .any, "volumesAttached": .any,
                    "runtimeHandlers": .any, "features": .any,
                ]),
        ],
        columns: [
            .name, .text("Status") { node, _ in state(of: node) },
            .text("Roles") { node, _ in roles(of: node) }, .age,
            .field("Version", "status", "nodeInfo", "kubeletVersion"),
            address("Internal-IP", "InternalIP"), address("External-IP", "ExternalIP"),
            fact("OS-Image", "osImage"), fact("Kernel-Version", "kernelVersion"),
            fact("Container-Runtime", "containerRuntimeVersion"),
        ],
        setDefaults: { node, _ in node = node.withDefaults(["spec": [:], "status": [:]]) })
}

private func state(of node: JSONValue) -> String {
    let ready = node["status", "conditions"]?.array?.first { $0["type"] == "Ready" }
    let state =
        switch ready?["status"]?.string {
        case nil: "Unknown"
        case "True": "Ready"
        default: "NotReady"
        }
    return state + (node["spec", "unschedulable"] == true ? ",SchedulingDisabled" : "")
}

private func roles(of node: JSONValue) -> String {
    let prefix = "node-role.kubernetes.io/"
    let roles = (node["metadata", "labels"]?.object ?? [:]).keys.compactMap { label in
        label.hasPrefix(prefix) ? String(label.dropFirst(prefix.count)) : nil
    }
    return roles.isEmpty ? "<none>" : roles.sorted().joined(separator: ",")
}

private func address(_ name: String, _ type: String) -> Column {
    .text(name, priority: 1) { node, _ in
        let addresses = node["status", "addresses"]?.array ?? []
        return addresses.first { $0["type"]?.string == type }?["address"]?.string ?? "<none>"
    }
}

private func fact(_ name: String, _ field: String) -> Column {
    .field(name, priority: 1, absent: "<unknown>", "status", "nodeInfo", field)
}
