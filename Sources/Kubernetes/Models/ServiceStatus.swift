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
    /// Nearly every entry holds two texts and nothing else: a table for each of them would cost as
    /// much as all else that is kept of a Service's status.
    private enum Form: Hashable, Sendable {
        case usual(ip: String, ipMode: String)
        /// Any that is not of the usual form.
        case other([String: JSONValue])
    }

    private let form: Form

    /// Every field as the API sent it, so that writing the entry back loses nothing.
    package var fields: [String: JSONValue] {
        switch form {
        case .usual(let ip, let ipMode): ["ip": .string(ip), "ipMode": .string(ipMode)]
        case .other(let fields): fields
        }
    }

    /// Empty when the entry has none; so are the next ones.
    package var ip: String {
        if case .usual(let ip, _) = form { ip } else { self[.ip] }
    }
    package var hostname: String { self[.hostname] }
    /// `VIP`, `Proxy`, or empty from servers that do not know the field: that means `VIP`.
    package var ipMode: String { self[.ipMode] }
    /// The errors per port that another implementation may have written.
    package var ports: JSONValue? { fields["ports"] }

    package init(ip: String, ipMode: String = "VIP") {
        form = .usual(ip: ip, ipMode: ipMode)
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
        let fields = try decoder.singleValueContainer().decode([String: JSONValue].self)
        if fields.count == 2, let ip = fields["ip"]?.string, let mode = fields["ipMode"]?.string {
            form = .usual(ip: ip, ipMode: mode)
        } else {
            form = .other(fields)
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(fields)
    }
}
