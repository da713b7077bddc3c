import JSON

/// The objects and the recent changes on disk.
struct ObjectFile {
    private static let layoutVersion: Int64 = 1
    private static let layout = [
        """
        CREATE TABLE objects (
            resource TEXT NOT NULL, namespace TEXT NOT NULL, name TEXT NOT NULL,
            body TEXT NOT NULL, PRIMARY KEY (resource, namespace, name))
        """,
        """
        CREATE TABLE changes (
            version INTEGER PRIMARY KEY, kind INTEGER NOT NULL, resource TEXT NOT NULL,
            namespace TEXT NOT NULL, name TEXT NOT NULL, body TEXT NOT NULL, previous TEXT)
        """,
        "PRAGMA user_version = \(layoutVersion)",
    ]

    private let database: Database

    init(path: String) throws {
        let database = try Database(path: path)
        var found: Int64 = 0
        try database.run("PRAGMA user_version") { found = $0.integer(0) }
        if found == 0 {
            try database.transaction {
                for statement in Self.layout { try database.run(statement) }
            }
        }
        guard found == 0 || found == Self.layoutVersion else {
            throw DatabaseError(
                "use", path: path,
                found: "layout \(found), wanted \(Self.layoutVersion): was it written by a newer "
                    + "Herald?")
        }
        self.database = database
    }

    func objects() throws -> [String: [ObjectKey: JSONValue]] {
        var objects: [String: [ObjectKey: JSONValue]] = [:]
        try database.run("SELECT resource, namespace, name, body FROM objects") { row in
            let key = ObjectKey(namespace: row.text(1) ?? "", name: row.text(2) ?? "")
            objects[row.text(0) ?? "", default: [:]][key] = try document(row.text(3) ?? "")
        }
        return objects
    }

    func changes() throws -> [Change] {
        var changes: [Change] = []
        let columns = "version, kind, resource, namespace, name, body, previous"
        try database.run("SELECT \(columns) FROM changes ORDER BY version") { row in
            guard let kind = Change.Kind(rawValue: row.integer(1)) else {
                throw DatabaseError("read", path: database.path, found: "a change of unknown kind")
            }
            changes.append(
                Change(
                    version: row.integer(0), kind: kind, resource: row.text(2) ?? "",
                    key: ObjectKey(namespace: row.text(3) ?? "", name: row.text(4) ?? ""),
                    object: try document(row.text(5) ?? ""), previous: try row.text(6).map(document)
                ))
        }
        return changes
    }

    /// Returns when the changes are on disk: what is acknowledged after it survives a crash.
    func commit(_ changes: some Sequence<Change>, forgettingBefore oldest: Int64) throws {
        try database.transaction {
            for change in changes { try write(change) }
            try database.run("DELETE FROM changes WHERE version < ?", [.integer(oldest)])
        }
    }

    private func write(_ change: Change) throws {
        let place: [Database.Value] = [
            .text(change.resource), .text(change.key.namespace), .text(change.key.name),
        ]
        let body = Database.Value.text(change.object.text)
        switch change.kind {
        case .added, .modified:
            try database.run("INSERT OR REPLACE INTO objects VALUES (?, ?, ?, ?)", place + [body])
        case .deleted:
            try database.run(
                "DELETE FROM objects WHERE resource = ? AND namespace = ? AND name = ?", place)
        }
        try database.run(
            "INSERT INTO changes VALUES (?, ?, ?, ?, ?, ?, ?)",
            [.integer(change.version), .integer(change.kind.rawValue)] + place
                + [body, change.previous.map { .text($0.text) } ?? .null])
    }

    private func document(_ text: String) throws -> JSONValue {
        var parser = JSONParser(Array(text.utf8))
        do {
            return try parser.parse()
        } catch {
            throw DatabaseError(
                "read", path: database.path, found: "a damaged object: \(error)")
        }
    }
}
