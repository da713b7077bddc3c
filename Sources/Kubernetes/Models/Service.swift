/// A Service (core/v1), as far as an allocator of addresses reads it.
package struct Service: Resource, Hashable {
    package static let kind = "Service"
    package static let plural = "services"

    package var metadata: ObjectMeta
    package var spec: ServiceSpec
    package var status: ServiceStatus

    package init(
        metadata: ObjectMeta, spec: ServiceSpec = ServiceSpec(),
        status: ServiceStatus = ServiceStatus()
    ) {
        self.metadata = metadata
        self.spec = spec
        self.status = status
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        metadata = try container.decode(ObjectMeta.self, forKey: .metadata)
        spec = try container.decode(.spec, or: ServiceSpec())
        status = try container.decode(.status, or: ServiceStatus())
    }
}

/// What a user asks of a Service; enumerations stay the text that the API sent.
package struct ServiceSpec: Hashable, Sendable {
    /// `ClusterIP`, `NodePort`, `LoadBalancer` or `ExternalName`; empty in a manifest: the default.
    package var type = ""
    /// `None` for a headless Service.
    package var clusterIP = ""
    package var clusterIPs: [String] = []
    /// `IPv4` and `IPv6`, the primary family first.
    package var ipFamilies: [String] = []
    /// `SingleStack`, `PreferDualStack` or `RequireDualStack`.
    package var ipFamilyPolicy = ""
    package var loadBalancerIP = ""
    package var loadBalancerClass = ""
    /// `Cluster` or `Local`.
    package var externalTrafficPolicy = ""
    package var selector: [String: String] = [:]
    package var ports: [ServicePort] = []

    package init() {}
}

extension ServiceSpec: Codable {
    enum CodingKeys: String, CodingKey {
        case type, clusterIP, clusterIPs, ipFamilies, ipFamilyPolicy, loadBalancerIP
        case loadBalancerClass, externalTrafficPolicy, selector, ports
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        type = try container.decode(.type, or: "")
        clusterIP = try container.decode(.clusterIP, or: "")
        clusterIPs = try container.decode(.clusterIPs, or: [])
        ipFamilies = try container.decode(.ipFamilies, or: [])
        ipFamilyPolicy = try container.decode(.ipFamilyPolicy, or: "")
        loadBalancerIP = try container.decode(.loadBalancerIP, or: "")
        loadBalancerClass = try container.decode(.loadBalancerClass, or: "")
        externalTrafficPolicy = try container.decode(.externalTrafficPolicy, or: "")
        selector = try container.decode(.selector, or: [:])
        ports = try container.decode(.ports, or: [])
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encodeUnlessEmpty(type, forKey: .type)
        try container.encodeUnlessEmpty(clusterIP, forKey: .clusterIP)
        try container.encodeUnlessEmpty(clusterIPs, forKey: .clusterIPs)
        try container.encodeUnlessEmpty(ipFamilies, forKey: .ipFamilies)
        try container.encodeUnlessEmpty(ipFamilyPolicy, forKey: .ipFamilyPolicy)
        try container.encodeUnlessEmpty(loadBalancerIP, forKey: .loadBalancerIP)
        try container.encodeUnlessEmpty(loadBalancerClass, forKey: .loadBalancerClass)
        try container.encodeUnlessEmpty(externalTrafficPolicy, forKey: .externalTrafficPolicy)
        try container.encodeUnlessEmpty(selector, forKey: .selector)
        try container.encodeUnlessEmpty(ports, forKey: .ports)
    }
}

/// One port of a Service.
package struct ServicePort: Hashable, Sendable {
    /// Empty when the Service has one port and did not name it.
    package var name: String
    /// `TCP`, `UDP` or `SCTP`.
    package var `protocol`: String
    package var port: Int
    /// 0: none.
    package var nodePort: Int

    package init(name: String = "", protocol: String = "TCP", port: Int, nodePort: Int = 0) {
        self.name = name
        self.protocol = `protocol`
        self.port = port
        self.nodePort = nodePort
    }
}

extension ServicePort: Codable {
    enum CodingKeys: String, CodingKey {
        case name, `protocol`, port, nodePort
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        name = try container.decode(.name, or: "")
        self.protocol = try container.decode(.protocol, or: "TCP")
        port = try container.decode(.port, or: 0)
        nodePort = try container.decode(.nodePort, or: 0)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encodeUnlessEmpty(name, forKey: .name)
        try container.encode(self.protocol, forKey: .protocol)
        try container.encode(port, forKey: .port)
        if nodePort != 0 { try container.encode(nodePort, forKey: .nodePort) }
    }
}
