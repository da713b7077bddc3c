import Addressing
import JSON
import Naming

extension Resource {
    static let services = Resource(
        kind: "Service", plural: "services", shortNames: ["svc"], categories: ["all"],
        hasStatus: true, nameProblem: dns1035LabelProblem,
        selectableFields: ["spec.clusterIP", "spec.type"],
        fields: ["spec": spec, "status": status],
        columns: [
            .name, .field("Type", "spec", "type"),
            .list("Cluster-IP") { $0["spec", "clusterIPs"]?.strings?.first.map { [$0] } ?? [] },
            .text("External-IP") { service, _ in externalAddresses(of: service) },
            .list("Port(s)") { service in
                ServiceSpec(of: service).ports.map { port in
                    let node = port["nodePort"].map { ":" + $0.text } ?? ""
                    return "\(port["port"]?.text ?? "0")\(node)/\(port["protocol"]?.string ?? "")"
                }
            }, .age,
            .list("Selector", priority: 1) { service in
                (service["spec", "selector"]?.object ?? [:]).sorted { $0.key < $1.key }
                    .map { "\($0.key)=\($0.value.string ?? "")" }
            },
        ],
        setDefaults: setServiceDefaults, complete: completeService)

    /// v1.ServiceSpec.
    private static let spec = Schema.fields([
        "clusterIP loadBalancerIP trafficDistribution": .string,
        "publishNotReadyAddresses allocateLoadBalancerNodePorts": .boolean,
        "type": .oneOf("ClusterIP", "ExternalName", "LoadBalancer", "NodePort"),
        "ports": .list(port, .byKey("port")), "selector": .labels,
        "clusterIPs": .list(.text { $0 == "None" ? nil : addressProblem($0) }),
        "ipFamilies": .list(.oneOf("IPv4", "IPv6")),
        "ipFamilyPolicy": .oneOf("PreferDualStack", "RequireDualStack", "SingleStack"),
        "externalIPs": .list(.text(addressProblem)),
        "externalName": .text { name in
            dns1123SubdomainProblem(name.hasSuffix(".") ? String(name.dropLast()) : name)
        },
        "externalTrafficPolicy internalTrafficPolicy": .oneOf("Cluster", "Local"),
        "healthCheckNodePort": nodePort, "loadBalancerClass": .text(qualifiedNameProblem),
        "loadBalancerSourceRanges": .list(.text(prefixProblem)),
        "sessionAffinity": .oneOf("ClientIP", "None"),
        "sessionAffinityConfig": .fields([
            "clientIP": .fields([
                "timeoutSeconds": .integer(
                    1...86_400, "must be greater than 0 and less than 86400")
            ])
        ]),
    ])

    private static let port = Schema.fields([
        "name": .text(dns1123LabelProblem), "protocol": .transportProtocol,
        "appProtocol": .text(qualifiedNameProblem), "port": .required(.port),
        "nodePort": nodePort,
        "targetPort": .checked(.integerOrString) { value, path, causes in
            Schema.port.check(value, at: path, &causes)
            Schema.text(portNameProblem).check(value, at: path, &causes)
        },
    ])

    private static let nodePort = Schema.integer(
        ServiceRanges.nodePorts,
        "provided port is not in the valid range. The range of valid ports is "
            + "\(ServiceRanges.nodePorts.lowerBound)-\(ServiceRanges.nodePorts.upperBound)")

    /// v1.ServiceStatus; ingress is replaced whole, conditions are merged by type.
    private static let status = Schema.fields([
        "loadBalancer": .fields([
            "ingress": .list(
                .fields([
                    "ip": .text(addressProblem), "ipMode": .oneOf("Proxy", "VIP"),
                    "hostname": .text { name in
                        (try? IPAddress(name)) == nil
                            ? dns1123SubdomainProblem(name)
                            : "must be a DNS name, not an IP address"
                    },
                    "ports": .list(.fields(["protocol error": .string, "port": .integer])),
                ]))
        ]),
        "conditions": .conditions,
    ])
}

private func prefixProblem(_ text: String) -> String? {
    guard (try? Prefix(trimmed(text))) == nil else { return nil }
    return "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"
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
