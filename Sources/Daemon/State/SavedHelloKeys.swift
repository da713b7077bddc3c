import Files
import FoundationEssentials

/// The last known keys of hellos and the cluster that they belong to (`hello.key`): a daemon that
/// starts while the API is away still speaks with its peers.
package struct SavedHelloKeys: Codable, Hashable, Sendable {
    /// `HelloKeyring.clusterTag`.
    package let clusterTag: UInt64
    /// Oldest first.
    package let secrets: [[UInt8]]

    package init(clusterTag: UInt64, secrets: [[UInt8]]) {
        self.clusterTag = clusterTag
        self.secrets = secrets
    }

    private enum CodingKeys: CodingKey {
        case cluster, keys
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        clusterTag = try container.decode(UInt64.self, forKey: .cluster)
        secrets = try container.decode([Data].self, forKey: .keys).map { Array($0) }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(clusterTag, forKey: .cluster)
        try container.encode(secrets.map { Data($0) }, forKey: .keys)
    }
}

extension StateDirectory {
    private var helloKeyPath: String { path + "/hello.key" }

    /// Nil when there is none, or none that can be read: the API has them.
    package func helloKeys() -> SavedHelloKeys? {
        guard let bytes = try? AtomicFile.read(helloKeyPath) else { return nil }
        return try? JSONDecoder().decode(SavedHelloKeys.self, from: Data(bytes))
    }

    package func write(_ keys: SavedHelloKeys) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        try AtomicFile.write(Array(encoder.encode(keys)) + [0x0A], to: helloKeyPath)
    }
}
