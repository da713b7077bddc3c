/// A Node (core/v1): labels, addresses and conditions.
package struct Node: Resource, Hashable {
    package static let kind = "Node"
    package static let plural = "nodes"
    package static let isNamespaced = false

    package var metadata: ObjectMeta
    package var spec: NodeSpec
    package var status: NodeStatus

    package init(
        metadata: ObjectMeta, spec: NodeSpec = NodeSpec(), status: NodeStatus = NodeStatus()
    ) {
        self.metadata = metadata
        self.spec = spec
        self.status = status
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        metadata = try container.decode(ObjectMeta.self, forKey: .metadata)
        spec = try container.decode(.spec, or: NodeSpec())
        status = try container.decode(.status, or: NodeStatus())
    }
}

/// What was asked of a Node.
package struct NodeSpec: Hashable, Codable, Sendable {
    package var unschedulable: Bool?

    package init() {}
}

/// What is known of a Node.
package struct NodeStatus: Hashable, Sendable {
    package var addresses: [NodeAddress] = []
    package var conditions: [Condition] = []

    package init() {}
}

extension NodeStatus: Codable {
    enum CodingKeys: String, CodingKey {
        case addresses, conditions
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        addresses = try container.decode(.addresses, or: [])
        conditions = try container.decode(.conditions, or: [])
    }
}

/// One address of a Node: `InternalIP`, `ExternalIP`, `Hostname` and the like.
package struct NodeAddress: Hashable, Codable, Sendable {
    package var type: String
    package var address: String

    package init(type: String, address: String) {
        self.type = type
        self.address = address
    }
}
