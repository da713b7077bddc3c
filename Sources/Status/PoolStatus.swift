/// How full a pool is, per address family; a family without addresses in the pool is nil.
package struct PoolStatus: Hashable, Sendable {
    package let name: String
    package let ipv4: AddressCounts?
    package let ipv6: AddressCounts?

    package init(name: String, ipv4: AddressCounts? = nil, ipv6: AddressCounts? = nil) {
        self.name = name
        self.ipv4 = ipv4
        self.ipv6 = ipv6
    }

    /// The families that the pool has, IPv4 first, under their Kubernetes names.
    package var families: [(name: String, counts: AddressCounts)] {
        [("IPv4", ipv4), ("IPv6", ipv6)].compactMap { name, counts in
            counts.map { (name, $0) }
        }
    }

    package var document: Document {
        .fields([
            "name": .text(name),
            "families": .object(
                families.map { Document.Field(name: $0.name, value: $0.counts.document) }),
        ])
    }
}

extension PoolStatus: Decodable {
    private enum CodingKeys: CodingKey { case name, families }
    private enum FamilyKeys: String, CodingKey {
        case ipv4 = "IPv4"
        case ipv6 = "IPv6"
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let families = try container.nestedContainer(keyedBy: FamilyKeys.self, forKey: .families)
        self.init(
            name: try container.decode(String.self, forKey: .name),
            ipv4: try families.decodeIfPresent(AddressCounts.self, forKey: .ipv4),
            ipv6: try families.decodeIfPresent(AddressCounts.self, forKey: .ipv6))
    }
}
