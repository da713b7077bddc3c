import JSON

/// A Service's spec under its fields' names; a view of the JSON, which keeps what it does not name.
struct ServiceSpec {
    var json: JSONValue
    /// What is wrong with it.
    var causes = FieldCauses()

    init(of service: JSONValue) {
        json = service["spec"] ?? [:]
    }

    /// Notes what is wrong with a field, or with a part of it.
    mutating func refuse(_ field: String, at part: String = "", _ problem: String) {
        causes.invalid("spec.\(field)\(part)", json[field] ?? .null, problem)
    }

    var type: String { json["type"]?.string ?? "ClusterIP" }
    var ipFamilyPolicy: String? { json["ipFamilyPolicy"]?.string }

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

    var ports: [JSONValue] {
        get { json["ports"]?.array ?? [] }
        set { json["ports"] = newValue.isEmpty ? nil : .array(newValue) }
    }

    /// All node ports that it holds, the one for health checks too.
    var nodePorts: Set<Int64> {
        let all = ports.map { $0["nodePort"] } + [json["healthCheckNodePort"]]
        return Set(all.compactMap { $0?.integer })
    }

    var isLoadBalancer: Bool { type == "LoadBalancer" }
    var isHeadless: Bool { clusterIPs == ["None"] || clusterIP == "None" }
    /// ExternalName alone has none.
    var needsClusterIP: Bool { type != "ExternalName" }
    var mayHaveNodePorts: Bool { isLoadBalancer || type == "NodePort" }
    var needsNodePorts: Bool { mayHaveNodePorts && json["allocateLoadBalancerNodePorts"] != false }
    var needsHealthCheck: Bool { isLoadBalancer && json["externalTrafficPolicy"] == "Local" }
    /// Whether anything outside the cluster can reach it.
    var isExternal: Bool { mayHaveNodePorts || needsClusterIP && json["externalIPs"] != nil }

    /// The fields that a Service of this type does not have, each with what is said to who sets it;
    /// nothing is said where it does no harm.
    var foreignFields: [String: String] {
        var foreign: [String: String] = [:]
        func add(_ names: String, _ problem: String) {
            for name in names.split(separator: " ") { foreign[String(name)] = problem }
        }
        if !needsClusterIP {
            add("clusterIP internalTrafficPolicy", "")
            add(
                "clusterIPs ipFamilies ipFamilyPolicy", "may not be set for ExternalName services")
        }
        if !isExternal {
            add("externalTrafficPolicy", "may only be set for externally-accessible services")
        }
        if !needsHealthCheck {
            add(
                "healthCheckNodePort",
                "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is "
                    + "'Local'")
        }
        if !isLoadBalancer {
            add(
                "allocateLoadBalancerNodePorts loadBalancerClass loadBalancerSourceRanges",
                "may only be used when `type` is 'LoadBalancer'")
        }
        return foreign
    }
}
