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
}

/// Fields that not all types of Service have: an update that changes the type drops them unasked,
/// and who sets them on another type is told why not.
struct TypeDependentFields: Sendable {
    let names: [String]
    let isFor: @Sendable (ServiceSpec) -> Bool
    /// nil: they are of no use there, but do no harm.
    let problem: String?
    /// Whether the real server calls the value invalid rather than the field forbidden.
    var isInvalid = false

    static let all = [
        TypeDependentFields(
            names: ["clusterIP", "internalTrafficPolicy"], isFor: \.needsClusterIP, problem: nil),
        TypeDependentFields(
            names: ["clusterIPs", "ipFamilies", "ipFamilyPolicy"], isFor: \.needsClusterIP,
            problem: "may not be set for ExternalName services"),
        TypeDependentFields(
            names: ["externalTrafficPolicy"], isFor: \.isExternal,
            problem: "may only be set for externally-accessible services", isInvalid: true),
        TypeDependentFields(
            names: ["healthCheckNodePort"], isFor: \.needsHealthCheck,
            problem: "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` "
                + "is 'Local'", isInvalid: true),
        TypeDependentFields(
            names: [
                "allocateLoadBalancerNodePorts", "loadBalancerClass", "loadBalancerSourceRanges",
            ], isFor: \.isLoadBalancer, problem: "may only be used when `type` is 'LoadBalancer'"),
    ]
}
