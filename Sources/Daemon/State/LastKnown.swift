import Addressing
import Allocation
import Files
import FoundationEssentials
import JSON
import Kubernetes
import Ownership

/// What the API last said of addresses and nodes (`lastknown.json`): from it a daemon that starts
/// while the API is away goes on announcing.
package struct LastKnown: Hashable, Sendable {
    /// An address, and the Services that show it.
    package struct Address: Hashable, Sendable {
        package let facts: AddressFacts
        package let services: [NamespacedName]

        package init(_ facts: AddressFacts, services: [NamespacedName]) {
            self.facts = facts
            self.services = services
        }
    }

    /// By number.
    package let addresses: [Address]
    /// Every node with its InternalIPs, by name.
    package let nodes: [PeerNode]

    package init(addresses: [Address], nodes: [PeerNode]) {
        self.addresses = addresses
        self.nodes = nodes
    }
}

extension LastKnown: Decodable {
    /// What the file says of an address; exactly one of `nodes` and `reason` is there.
    fileprivate struct StoredAddress: Decodable {
        let address: String
        let services: [String]
        let interfaces: [String]
        let announced: Bool
        /// `address` or, when it is absent, `responder`: as in pool files.
        let mode: String?
        let nodes: [String]?
        let reason: String?
        let preferences: [String: Int]
    }

    fileprivate struct StoredNode: Decodable {
        let name: String
        let addresses: [String]
    }

    private enum CodingKeys: CodingKey {
        case addresses, nodes
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        addresses = try container.decode([StoredAddress].self, forKey: .addresses).map { stored in
            Address(try stored.facts, services: stored.services.map(NamespacedName.init(text:)))
        }
        nodes = try container.decode([StoredNode].self, forKey: .nodes).map { stored in
            PeerNode(stored.name, addresses: try stored.addresses.map { try IPAddress($0) })
        }
    }

}

extension LastKnown {
    /// The file, one address after the other: a tree of thousands of them at once would cost
    /// megabytes whenever one changes.
    fileprivate var serialized: [UInt8] {
        var text = Array(#"{"addresses":["#.utf8)
        for (number, address) in addresses.enumerated() {
            if number > 0 { text.append(UInt8(ascii: ",")) }
            text += address.value.text.utf8
        }
        let nodes = nodes.map { node -> JSONValue in
            ["name": .string(node.name), "addresses": JSONValue(node.addresses.map(\.description))]
        }
        text += #"],"nodes":\#(JSONValue.array(nodes).text)}"#.utf8
        return text
    }
}

extension LastKnown.Address {
    fileprivate var value: JSONValue {
        var value: JSONValue = [
            "address": .string("\(facts.address)"),
            "services": JSONValue(services.map(\.description)),
            "interfaces": JSONValue(facts.interfaces), "announced": .boolean(facts.isAnnounced),
            "preferences": .object(facts.preferences.mapValues { JSONValue($0) }),
        ]
        if facts.isPutOnLinks { value["mode"] = .string(AnnouncePolicy.Mode.address.rawValue) }
        switch facts.eligibility {
        case .nodes(let names): value["nodes"] = JSONValue(names)
        case .nobody(let why): value["reason"] = .string(why.rawValue)
        }
        return value
    }
}

extension LastKnown.StoredAddress {
    fileprivate var facts: AddressFacts {
        get throws {
            AddressFacts(
                try IPAddress(address), eligibility: try eligibility, interfaces: interfaces,
                isAnnounced: announced,
                isPutOnLinks: mode == AnnouncePolicy.Mode.address.rawValue,
                preferences: preferences)
        }
    }

    private var eligibility: Eligibility {
        get throws {
            if let nodes, !nodes.isEmpty { return .nodes(nodes.sorted()) }
            guard let why = reason.flatMap(NobodyReason.init(rawValue:)) else {
                throw LastKnownError.nobodyMayHold(address: address)
            }
            return .nobody(why)
        }
    }
}

extension NamespacedName {
    /// From `namespace/name`, or the name alone.
    fileprivate init(text: String) {
        let parts = text.split(separator: "/", maxSplits: 1).map(String.init)
        self.init(namespace: parts.count > 1 ? parts[0] : "", name: parts.last ?? "")
    }
}

/// `lastknown.json` says something that no daemon writes.
enum LastKnownError: Error, CustomStringConvertible {
    case nobodyMayHold(address: String)

    var description: String {
        switch self {
        case .nobodyMayHold(let address):
            "\(address) names neither nodes nor a reason why there are none"
        }
    }
}

extension StateDirectory {
    private var lastKnownPath: String { path + "/lastknown.json" }

    /// Nil when there is none.
    ///
    /// A file that cannot be read throws: the caller says so and does without, for the API has it all.
    package func lastKnown() throws -> LastKnown? {
        guard let bytes = try AtomicFile.read(lastKnownPath) else { return nil }
        return try JSONDecoder().decode(LastKnown.self, from: Data(bytes))
    }

    package func write(_ lastKnown: LastKnown) throws {
        try AtomicFile.write(lastKnown.serialized + [0x0A], to: lastKnownPath)
    }
}
