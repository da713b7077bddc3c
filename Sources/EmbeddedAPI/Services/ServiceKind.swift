import Addressing
import JSON

extension Resource {
    static let services = Resource(
        kind: "Service", plural: "services", shortNames: ["svc"], categories: ["all"],
        hasStatus: true, nameProblem: dns1035LabelProblem,
        selectableFields: ["spec.clusterIP", "spec.type"],
        fields: ["spec": spec, "status": status],
        columns: [
            .name, .field("Type", "spec", "type"),
            .text("Cluster-IP") { service, _ in
                ServiceSpec(of: service).clusterIPs.first ?? "<none>"
            },
            .text("External-IP") { service, _ in externalAddresses(of: service) },
            .text("Port(s)") { service, _ in ports(of: service) }, .age,
            .text("Selector", priority: 1) { service, _ in
                let labels = (service["spec", "selector"]?.object ?? [:]).map {
                    "\($0.key)=\($0.value.string ?? "")"
                }
                return labels.isEmpty ? "<none>" : labels.sorted().joined(separator: ",")
            },
        ],
        setDefaults: setServiceDefaults, complete: completeService)

    /// v1.ServiceSpec.
    private static let spec = Schema.fields(
        strings: "clusterIP loadBalancerIP trafficDistribution",
        booleans: "publishNotReadyAddresses allocateLoadBalancerNodePorts",
        [
            "type": .oneOf("ClusterIP", "ExternalName", "LoadBalancer", "NodePort"),
            "ports": .list(port, .byKey("port")), "selector": .labels,
            "clusterIPs": .list(.text { $0 == "None" ? nil : addressProblem($0) }),
            "ipFamilies": .list(.oneOf("IPv4", "IPv6")),
            "ipFamilyPolicy": .oneOf("PreferDualStack", "RequireDualStack", "SingleStack"),
            "externalIPs": .list(.text(externalIPProblem)),
            "externalName": .text { name in
                dns1123SubdomainProblem(name.hasSuffix(".") ? String(name.dropLast()) : name)
            },
            "externalTrafficPolicy": .oneOf("Cluster", "Local"),
            "internalTrafficPolicy": .oneOf("Cluster", "Local"),
            "healthCheckNodePort": .nodePort,
            "loadBalancerClass": .text(qualifiedNameProblem),
            "loadBalancerSourceRanges": .list(.text(prefixProblem)),
            "sessionAffinity": .oneOf("ClientIP", "None"),
            "sessionAffinityConfig": .object([
                "clientIP": .object([
                    "timeoutSeconds": .integer(
                        1...86_400, "must be greater than 0 and less than 86400")
                ])
            ]),
        ])

    private static let port = Schema.object([
        "name": .text(dns1123LabelProblem), "protocol": .transportProtocol,
        "appProtocol": .text(qualifiedNameProblem), "port": .required(.port),
        "nodePort": .nodePort,
        "targetPort": .checked(.integerOrString) { value, path, causes in
            Schema.port.check(value, at: path, &causes)
            Schema.text(portNameProblem).check(value, at: path, &causes)
        },
    ])

    /// v1.ServiceStatus; ingress is replaced whole, conditions are merged by type.
    private static let status = Schema.object([
        "loadBalancer": .object([
            "ingress": .list(
                .object([
                    "ip": .text(addressProblem), "ipMode": .oneOf("Proxy", "VIP"),
                    "hostname": .text { name in
                        (try? IPAddress(name)) == nil
                            ? dns1123SubdomainProblem(name)
                            : "must be a DNS name, not an IP address"
                    },
                    "ports": .list(.fields(strings: "protocol error", integers: "port")),
                ]))
        ]),
        "conditions": .conditions,
    ])
}

extension Schema {
    fileprivate static let nodePort = integer(
        ServiceRanges.nodePorts,
        "provided port is not in the valid range. The range of valid ports is "
            + "\(ServiceRanges.nodePorts.lowerBound)-\(ServiceRanges.nodePorts.upperBound)")
}

private func prefixProblem(_ text: String) -> String? {
    guard (try? Prefix(trimmed(text))) == nil else { return nil }
    return "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"
}

private func externalIPProblem(_ text: String) -> String? {
    if let problem = addressProblem(text) { return problem }
    let isSpecial =
        ["0.0.0.0", "::", "::1"].contains(text)
        || ["127.", "169.254.", "224.0.0."].contains { text.hasPrefix($0) }
    return isSpecial ? "may not be in a special-purpose range" : nil
}

private func externalAddresses(of service: JSONValue) -> String {
    let spec = ServiceSpec(of: service)
    var shown = spec.json["externalIPs"]?.strings ?? []
    if spec.type == "ExternalName" { shown = [spec.json["externalName"]?.string ?? "<none>"] }
    if spec.isLoadBalancer {
        let ingress = service["status", "loadBalancer", "ingress"]?.array ?? []
        let addresses = Set(ingress.compactMap { ($0["ip"] ?? $0["hostname"])?.string })
        shown = addresses.sorted() + shown
    }
    guard shown.isEmpty else { return shown.joined(separator: ",") }
    return spec.isLoadBalancer ? "<pending>" : "<none>"
}

private func ports(of service: JSONValue) -> String {
    let ports = ServiceSpec(of: service).ports.map { port in
        let node = port["nodePort"].map { ":" + $0.text } ?? ""
        return "\(port["port"]?.text ?? "0")\(node)/\(port["protocol"]?.string ?? "")"
    }
    return ports.isEmpty ? "<none>" : ports.joined(separator: ",")
}
