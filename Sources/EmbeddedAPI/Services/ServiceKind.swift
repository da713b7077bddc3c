extension Resource {
    static let services = Resource(
        kind: "Service", plural: "services", shortNames: ["svc"], categories: ["all"],
        hasStatus: true, nameProblem: dns1035LabelProblem,
        selectableFields: ["spec.clusterIP", "spec.type"],
        fields: ["spec": .serviceSpec, "status": .serviceStatus],
        columns: [
            .name, .field("Type", ["spec", "type"]),
            Column("Cluster-IP") { service, _ in
                service["spec", "clusterIPs"]?.array?.first ?? "<none>"
            },
            Column("External-IP") { service, _ in .string(externalAddresses(of: service)) },
            Column("Port(s)") { service, _ in .string(ports(of: service)) }, .age,
            Column("Selector", priority: 1) { service, _ in .string(selector(of: service)) },
        ]
    ) { service, preparation in
        prepareService(&service, &preparation)
    }
}

extension Schema {
    /// v1.ServiceSpec.
    fileprivate static let serviceSpec = Schema.fields(
        strings: "type clusterIP sessionAffinity loadBalancerIP externalTrafficPolicy "
            + "externalName internalTrafficPolicy ipFamilyPolicy loadBalancerClass "
            + "trafficDistribution",
        integers: "healthCheckNodePort",
        booleans: "publishNotReadyAddresses allocateLoadBalancerNodePorts",
        [
            "ports": .list(
                .fields(
                    strings: "name protocol appProtocol", integers: "port nodePort",
                    ["targetPort": .integerOrString]), .byKey("port")),
            "selector": .stringMap, "clusterIPs": .strings, "externalIPs": .strings,
            "loadBalancerSourceRanges": .strings, "ipFamilies": .strings,
            "sessionAffinityConfig": .object(["clientIP": .fields(integers: "timeoutSeconds")]),
        ])

    /// v1.ServiceStatus; ingress is replaced whole, conditions are merged by type.
    fileprivate static let serviceStatus = Schema.object([
        "loadBalancer": .object([
            "ingress": .list(
                .fields(
                    strings: "ip ipMode hostname",
                    ["ports": .list(.fields(strings: "protocol error", integers: "port"))]))
        ]),
        "conditions": .list(.condition, .byKey("type")),
    ])
}

private func externalAddresses(of service: JSONValue) -> String {
    let external = service["spec", "externalIPs"]?.strings ?? []
    switch service["spec", "type"]?.string {
    case "ExternalName": return service["spec", "externalName"]?.string ?? "<none>"
    case "LoadBalancer":
        let ingress = service["status", "loadBalancer", "ingress"]?.array ?? []
        let addresses = Set(ingress.compactMap { ($0["ip"] ?? $0["hostname"])?.string }).sorted()
        let all = addresses + external
        return all.isEmpty ? "<pending>" : all.joined(separator: ",")
    default: return external.isEmpty ? "<none>" : external.joined(separator: ",")
    }
}

private func ports(of service: JSONValue) -> String {
    let ports = (service["spec", "ports"]?.array ?? []).map { port in
        let node = port["nodePort"]?.integer.map { $0 > 0 ? ":\($0)" : "" } ?? ""
        return "\(port["port"]?.integer ?? 0)\(node)/\(port["protocol"]?.string ?? "")"
    }
    return ports.isEmpty ? "<none>" : ports.joined(separator: ",")
}

private func selector(of service: JSONValue) -> String {
    let labels = (service["spec", "selector"]?.object ?? [:]).sorted { $0.key < $1.key }
    return labels.isEmpty
        ? "<none>" : labels.map { "\($0.key)=\($0.value.string ?? "")" }.joined(separator: ",")
}
