import JSON

/// What controllers wrote about a Service.
package struct ServiceStatus: Hashable, Sendable {
    /// `status.loadBalancer.ingress`, in the order of the API.
    package var ingress: [LoadBalancerIngress] = []
    package var conditions: [Condition] = []

    package init() {}
}

extension ServiceStatus: Codable {
    enum CodingKeys: String, CodingKey {
        case loadBalancer, conditions
    }

    /// `status.loadBalancer`, which holds nothing but its entries.
    private struct LoadBalancer: Codable {
        let ingress: [LoadBalancerIngress]?
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        ingress = try container.decode(.loadBalancer, or: LoadBalancer(ingress: nil)).ingress ?? []
        conditions = try container.decode(.conditions, or: [])
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        let loadBalancer = LoadBalancer(ingress: ingress.isEmpty ? nil : ingress)
        try container.encode(loadBalancer, forKey: .loadBalancer)
        try container.encodeUnlessEmpty(conditions, forKey: .conditions)
    }
}

/// One entry of `status.loadBalancer.ingress`; what Herald does not know of it is kept.
package struct LoadBalancerIngress: Hashable, Sendable {
    /// Every field as the API sent it, so that writing the entry back loses nothing.
    package private(set) var fields: [String: JSONValue]

    /// Empty when the entry has none; so are the next ones.
    package var ip: String { self[.ip] }
    package var hostname: String { self[.hostname] }
    /// `VIP`, `Proxy`, or empty from servers that do not know the field: that means `VIP`.
    package var ipMode: String { self[.ipMode] }
    /// The errors per port that another implementation may have written.
    package var ports: JSONValue? { fields["ports"] }

    package init(ip: String, ipMode: String = "VIP") {
        fields = ["ip": .string(ip), "ipMode": .string(ipMode)]
    }

    private enum Field: String {
        case ip, hostname, ipMode
    }

    private subscript(field: Field) -> String {
        fields[field.rawValue]?.string ?? ""
    }
}

extension LoadBalancerIngress: Codable {
    package init(from decoder: any Decoder) throws {
        fields = try decoder.singleValueContainer().decode([String: JSONValue].self)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(fields)
    }
}
