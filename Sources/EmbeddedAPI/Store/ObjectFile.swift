import JSON

/// The objects and the recent changes on disk.
struct ObjectFile {
    private static let layoutVersion = 1
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
        var found = 0
        try database.run("PRAGMA user_version") { found = $0(0).flatMap { Int($0) } ?? 0 }
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
            let key = ObjectKey(namespace: row(1) ?? "", name: row(2) ?? "")
            objects[row(0) ?? "", default: [:]][key] = try document(row(3))
        }
        return objects
    }

    func changes() throws -> [Change] {
        var changes: [Change] = []
        let columns = "version, kind, resource, namespace, name, body, previous"
        try database.run("SELECT \(columns) FROM changes ORDER BY version") { row in
            let numbers = [row(0), row(1)].compactMap { $0.flatMap { Int64($0) } }
            guard numbers.count == 2, let kind = Change.Kind(rawValue: numbers[1]) else {
                throw DatabaseError("read", path: database.path, found: "a change of unknown kind")
            }
            changes.append(
                Change(
                    version: numbers[0], kind: kind, resource: row(2) ?? "",
                    key: ObjectKey(namespace: row(3) ?? "", name: row(4) ?? ""),
                    object: try document(row(5)),
                    previous: try row(6).map { try document($0) }))
        }
        return changes
    }

    /// Returns when the changes are on disk: what is acknowledged after it survives a crash.
    func commit(_ changes: some Sequence<Change>, forgettingBefore oldest: Int64) throws {
        try database.transaction {
            for change in changes { try write(change) }
            try database.run("DELETE FROM changes WHERE version < ?", ["\(oldest)"])
        }
    }

    private func write(_ change: Change) throws {
        let place = [change.resource, change.key.namespace, change.key.name]
        let body = change.object.text
        switch change.kind {
        case .added, .modified:
            try database.run("INSERT OR REPLACE INTO objects VALUES (?, ?, ?, ?)", place + [body])
        case .deleted:
            try database.run(
                "DELETE FROM objects WHERE resource = ? AND namespace = ? AND name = ?", place)
        }
        try database.run(
            "INSERT INTO changes VALUES (?, ?, ?, ?, ?, ?, ?)",
            ["\(change.version)", "\(change.kind.rawValue)"] + place
                + [body, change.previous?.text])
    }

    private func document(_ text: String?) throws -> JSONValue {
        do {
            return try JSONValue(parsing: (text ?? "").utf8)
        } catch {
            throw DatabaseError(
                "read", path: database.path, found: "a damaged object: \(error)")
        }
    }
}
