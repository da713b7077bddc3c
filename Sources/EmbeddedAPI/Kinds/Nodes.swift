import JSON

extension Resource {
    static let nodes = Resource(
        kind: "Node", plural: "nodes", shortNames: ["no"], isNamespaced: false, hasStatus: true,
        fields: [
            "spec": .fields([
                "podCIDR providerID externalID": .string, "unschedulable": .boolean,
                "podCIDRs": .list(.string, .primitives),
                "taints": .list(.fields(["key value effect": .string, "timeAdded": .time])),
            ]),
            "status": .fields([
                "phase": .string, "capacity allocatable": .map(.integerOrString),
                "conditions": .conditions,
                "addresses": .list(
                    .fields(["type address": .required(.string)]), .byKey("type")),
                "daemonEndpoints": .fields(["kubeletEndpoint": .fields(["Port": .integer])]),
                "nodeInfo": .fields([
                    "machineID systemUUID bootID kernelVersion osImage operatingSystem": .string,
                    "architecture containerRuntimeVersion kubeletVersion kubeProxyVersion": .string,
                ]),
                "images volumesInUse volumesAttached runtimeHandlers features": .any,
            ]),
        ],
        columns: [
            .name, .text("Status") { node, _ in state(of: node) },
            .text("Roles", absent: "<none>") { node, _ in roles(of: node) }, .age,
            .field("Version", "status", "nodeInfo", "kubeletVersion"),
            address("Internal-IP", "InternalIP"), address("External-IP", "ExternalIP"),
            fact("OS-Image", "osImage"), fact("Kernel-Version", "kernelVersion"),
            fact("Container-Runtime", "containerRuntimeVersion"),
        ],
        setDefaults: { node, _ in node = node.withDefaults(["spec": [:], "status": [:]]) })
}

private func state(of node: JSONValue) -> String {
    let ready = node["status", "conditions"]?.array?.first { $0["type"] == "Ready" }
    let state = ready.map { $0["status"] == "True" ? "Ready" : "NotReady" } ?? "Unknown"
    return state + (node["spec", "unschedulable"] == true ? ",SchedulingDisabled" : "")
}

private func roles(of node: JSONValue) -> String {
    let prefix = "node-role.kubernetes.io/"
    let labels = (node["metadata", "labels"]?.object ?? [:]).keys.sorted()
    return labels.filter { $0.hasPrefix(prefix) }.map { $0.dropFirst(prefix.count) }
        .joined(separator: ",")
}

private func address(_ name: String, _ type: JSONValue) -> Column {
    .text(name, priority: 1, absent: "<none>") { node, _ in
        let addresses = node["status", "addresses"]?.array ?? []
        return addresses.first { $0["type"] == type }?["address"]?.string ?? ""
    }
}

private func fact(_ name: String, _ field: String) -> Column {
    .field(name, priority: 1, absent: "<unknown>", "status", "nodeInfo", field)
}
