import Files
import FoundationEssentials

/// What a node remembers of itself over restarts (`node.json`).
package struct NodeRecord: Codable, Hashable, Sendable {
    /// Grows by one with each start, so that peers tell a restarted daemon from its former self.
    package var incarnation: UInt32
    /// Its operator took the node's addresses away until told otherwise.
    package var drained: Bool
    /// The last order to drain or undrain that came by way of the API and was obeyed.
    package var order: String?

    package init(incarnation: UInt32, drained: Bool, order: String? = nil) {
        self.incarnation = incarnation
        self.drained = drained
        self.order = order
    }
}

extension StateDirectory {
    /// Reads `node.json`, counts this start, and writes it back before anybody hears of it.
    ///
    /// A file that cannot be read as JSON is an error, not a fresh start: an incarnation that falls
    /// back makes peers drop the node's hellos as replays.
    package func countStart() throws -> NodeRecord {
        let file = path + "/node.json"
        var record = NodeRecord(incarnation: 0, drained: false)
        if let bytes = try AtomicFile.read(file) {
            do {
                record = try JSONDecoder().decode(NodeRecord.self, from: Data(bytes))
            } catch {
                throw ConfigurationError(
                    setting: "state-dir", found: file,
                    wanted: "a readable node.json; remove it only if this node's addresses may move"
                )
            }
        }
        guard record.incarnation < .max else {
            throw ConfigurationError(
                setting: "state-dir", found: file, wanted: "an incarnation below \(UInt32.max)")
        }
        record.incarnation += 1
        try write(record)
        return record
    }

    package func write(_ record: NodeRecord) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        try AtomicFile.write(Array(encoder.encode(record)) + [0x0A], to: path + "/node.json")
    }
}
