/// A Service's spec under its fields' names; a view of the JSON, which keeps what it does not name.
struct ServiceSpec {
    var json: JSONValue

    init(of service: JSONValue) {
        json = service["spec"] ?? [:]
    }

    var type: String { json["type"]?.string ?? "ClusterIP" }

    var ports: [JSONValue] {
        get { json["ports"]?.array ?? [] }
        set { json["ports"] = newValue.isEmpty ? nil : .array(newValue) }
    }

    var clusterIP: String {
        get { json["clusterIP"]?.string ?? "" }
        set { json["clusterIP"] = newValue.isEmpty ? nil : .string(newValue) }
    }

    var clusterIPs: [String] {
        get { json["clusterIPs"]?.strings ?? [] }
        set { json["clusterIPs"] = newValue.isEmpty ? nil : JSONValue(newValue) }
    }

    var ipFamilies: [String] {
        get { json["ipFamilies"]?.strings ?? [] }
        set { json["ipFamilies"] = newValue.isEmpty ? nil : JSONValue(newValue) }
    }

    var ipFamilyPolicy: String? { json["ipFamilyPolicy"]?.string }

    /// All node ports that it holds, the one for health checks too.
    var nodePorts: Set<Int64> {
        Set(
            (ports.map { $0["nodePort"] } + [json["healthCheckNodePort"]]).compactMap {
                $0?.integer
            })
    }

    var isLoadBalancer: Bool { type == "LoadBalancer" }
    var isHeadless: Bool { clusterIPs == ["None"] || clusterIP == "None" }
    /// ExternalName alone has none.
    var needsClusterIP: Bool { type != "ExternalName" }
    var mayHaveNodePorts: Bool { isLoadBalancer || type == "NodePort" }

    var needsNodePorts: Bool {
        mayHaveNodePorts && json["allocateLoadBalancerNodePorts"] != false
    }

    var needsHealthCheckNodePort: Bool {
        isLoadBalancer && json["externalTrafficPolicy"] == "Local"
    }

    /// Whether anything outside the cluster can reach it.
    var isExternal: Bool { mayHaveNodePorts || needsClusterIP && json["externalIPs"] != nil }
}
