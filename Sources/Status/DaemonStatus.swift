/// What is true, as one daemon sees it: the one value that `heraldctl`, the control socket's JSON
/// and the metrics are views of.
///
/// Its JSON is a stable contract: fields are added, never renamed. Lists keep the order they were
/// given in; the daemon sorts them (pools in file order, addresses by number, the rest by name).
package struct DaemonStatus: Hashable, Sendable {
    package let node: String
    package let version: String
    package let role: Role
    /// The node that allocates; nil when nobody does, or nobody is known to.
    package let leader: String?
    package let api: APIStatus
    package let pools: [PoolStatus]
    package let addresses: [AddressStatus]
    package let members: [MemberStatus]
    package let pending: [PendingService]
    /// What else the daemon finds wrong, one sentence each (a pool file refused, its Node missing);
    /// has no key in JSON when there is nothing.
    package let problems: [String]
    /// An operator keeps the addresses away from this node; has no key in JSON when not.
    package let isDrained: Bool
    /// Nil from a daemon that does not count them.
    package let hellos: HelloCounts?

    /// What the daemon does beside answering for addresses.
    package enum Role: String, Hashable, Sendable, CaseIterable, Decodable {
        /// Allocates addresses and writes Service status.
        case leader
        /// Waits to become leader.
        case member
    }

    package init(
        node: String, version: String = Release.version, role: Role, leader: String?,
        api: APIStatus, pools: [PoolStatus], addresses: [AddressStatus], members: [MemberStatus],
        pending: [PendingService], problems: [String] = [],
        isDrained: Bool = false, hellos: HelloCounts? = nil
    ) {
        self.node = node
        self.version = version
        self.role = role
        self.leader = leader
        self.api = api
        self.pools = pools
        self.addresses = addresses
        self.members = members
        self.pending = pending
        self.problems = problems
        self.isDrained = isDrained
        self.hellos = hellos
    }

    package var document: Document {
        .fields([
            "node": .text(node), "version": .text(version), "role": .text(role.rawValue),
            "leader": leader.map(Document.text), "api": api.document,
            "pools": .list(pools.map(\.document)), "addresses": .list(addresses.map(\.document)),
            "members": .list(members.map(\.document)), "pending": .list(pending.map(\.document)),
            "problems": problems.isEmpty ? nil : .texts(problems),
            "drained": isDrained ? .flag(true) : nil, "hellos": hellos?.document,
        ])
    }
}

extension DaemonStatus: Decodable {
    private enum CodingKeys: CodingKey {
        case node, version, role, leader, api, pools, addresses, members, pending, problems,
            drained, hellos
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            node: try container.decode(String.self, forKey: .node),
            version: try container.decode(String.self, forKey: .version),
            role: try container.decode(Role.self, forKey: .role),
            leader: try container.decodeIfPresent(String.self, forKey: .leader),
            api: try container.decode(APIStatus.self, forKey: .api),
            pools: try container.decode([PoolStatus].self, forKey: .pools),
            addresses: try container.decode([AddressStatus].self, forKey: .addresses),
            members: try container.decode([MemberStatus].self, forKey: .members),
            pending: try container.decode([PendingService].self, forKey: .pending),
            problems: try container.decodeIfPresent([String].self, forKey: .problems) ?? [],
            isDrained: try container.decodeIfPresent(Bool.self, forKey: .drained) ?? false,
            hellos: try container.decodeIfPresent(HelloCounts.self, forKey: .hellos))
    }
}
