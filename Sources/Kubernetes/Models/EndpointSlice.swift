/// An EndpointSlice (discovery.k8s.io/v1): where the endpoints of a Service are.
package struct EndpointSlice: Resource, Hashable {
    package static let group = "discovery.k8s.io"
    package static let kind = "EndpointSlice"
    package static let plural = "endpointslices"
    /// The label that names the Service.
    package static let serviceNameLabel = "kubernetes.io/service-name"

    package var metadata: ObjectMeta
    /// `IPv4`, `IPv6` or `FQDN`.
    package var addressType: String
    package var endpoints: [Endpoint]

    package init(metadata: ObjectMeta, addressType: String, endpoints: [Endpoint]) {
        self.metadata = metadata
        self.addressType = addressType
        self.endpoints = endpoints
    }

    /// The Service of this slice, of the same namespace; nil for a slice that belongs to none.
    package var service: NamespacedName? {
        metadata.labels[Self.serviceNameLabel].map {
            NamespacedName(namespace: metadata.namespace, name: $0)
        }
    }
}

extension EndpointSlice {
    enum CodingKeys: String, CodingKey {
        case metadata, addressType, endpoints
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        metadata = try container.decode(ObjectMeta.self, forKey: .metadata)
        addressType = try container.decode(.addressType, or: "")
        endpoints = try container.decode(.endpoints, or: [])
    }
}

/// One endpoint; a condition that is nil is unknown, which for `ready` means yes.
package struct Endpoint: Hashable, Sendable {
    package var addresses: [String]
    package var conditions: EndpointConditions
    /// Empty when it is on no node.
    package var nodeName: String

    package init(addresses: [String], conditions: EndpointConditions, nodeName: String) {
        self.addresses = addresses
        self.conditions = conditions
        self.nodeName = nodeName
    }
}

extension Endpoint: Codable {
    enum CodingKeys: String, CodingKey {
        case addresses, conditions, nodeName
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        addresses = try container.decode(.addresses, or: [])
        conditions = try container.decode(.conditions, or: EndpointConditions())
        nodeName = try container.decode(.nodeName, or: "")
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(addresses, forKey: .addresses)
        try container.encode(conditions, forKey: .conditions)
        try container.encodeUnlessEmpty(nodeName, forKey: .nodeName)
    }
}

/// Whether an endpoint takes traffic.
package struct EndpointConditions: Hashable, Codable, Sendable {
    package var ready: Bool?
    package var serving: Bool?
    package var terminating: Bool?

    package init(ready: Bool? = nil, serving: Bool? = nil, terminating: Bool? = nil) {
        self.ready = ready
        self.serving = serving
        self.terminating = terminating
    }
}
