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
            .field("Cluster-IP", absent: "<none>", "spec", "clusterIP"),
            .text("External-IP", absent: "<none>") { service, _ in externalAddresses(of: service) },
            .text("Port(s)", absent: "<none>") { service, _ in
                let ports = ServiceSpec(of: service).ports.map { port in
                    let node = port["nodePort"].map { ":" + $0.text } ?? ""
                    return "\(port["port"]?.text ?? "0")\(node)/\(port["protocol"]?.string ?? "")"
                }
                return ports.joined(separator: ",")
            }, .age,
            .text("Selector", priority: 1, absent: "<none>") { service, _ in
                let labels = (service["spec", "selector"]?.object ?? [:]).map {
                    "\($0.key)=\($0.value.string ?? "")"
                }
                return labels.sorted().joined(separator: ",")
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
        "externalName": .text(dns1123SubdomainProblem),
        "externalTrafficPolicy internalTrafficPolicy": .oneOf("Cluster", "Local"),
        "healthCheckNodePort": nodePort, "loadBalancerClass": .text(qualifiedNameProblem),
        "loadBalancerSourceRanges": .list(.text(prefixProblem)),
        "sessionAffinity": .oneOf("ClientIP", "None"),
        "sessionAffinityConfig": .fields(["clientIP": .fields(["timeoutSeconds": aDay])]),
    ])

    private static let aDay = Schema.integer(
        1...86_400, "must be greater than 0 and less than 86400")

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
    if spec.type == "ExternalName" { return spec.json["externalName"]?.string ?? "" }
    let asked = spec.json["externalIPs"]?.strings ?? []
    guard spec.isLoadBalancer else { return asked.joined(separator: ",") }
    let ingress = service["status", "loadBalancer", "ingress"]?.array ?? []
    let given = Set(ingress.compactMap { ($0["ip"] ?? $0["hostname"])?.string }).sorted()
    return given.isEmpty && asked.isEmpty ? "<pending>" : (given + asked).joined(separator: ",")
}
