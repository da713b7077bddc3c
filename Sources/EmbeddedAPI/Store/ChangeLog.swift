import JSON

/// The writes on disk, as far as they matter: the last one of each object that is there, and all
/// that `Objects` keeps as its history.
struct ChangeLog {
    private static let layoutVersion = 2
    private static let layout = """
        CREATE TABLE changes (
            version INTEGER PRIMARY KEY, resource TEXT NOT NULL, namespace TEXT NOT NULL,
            name TEXT NOT NULL, object TEXT)
        """

    private let database: Database

    /// Opens the file, or makes it. Throws, with its name, when it is no such log.
    init(path: String) throws {
        database = try Database(path: path)
        var found = 0
        try database.run("PRAGMA user_version") { found = $0(0).flatMap { Int($0) } ?? 0 }
        guard [0, Self.layoutVersion].contains(found) else {
            throw DatabaseError(
                "use", path: path,
                found: "layout \(found), wanted \(Self.layoutVersion): was it written by another "
                    + "version of Herald?")
        }
        guard found == 0 else { return }
        try database.transaction {
            try database.run(Self.layout)
            try database.run("PRAGMA user_version = \(Self.layoutVersion)")
        }
    }

    /// What the writes made, with their history. Throws when the file is damaged.
    func replayed() throws -> Objects {
        var objects = Objects()
        try database.run("SELECT * FROM changes ORDER BY version") { row in
            let key = ObjectKey(namespace: row(2) ?? "", name: row(3) ?? "")
            let text = row(4)
            let written = text.flatMap { try? JSONValue(parsing: $0.utf8) }
            guard let version = row(0).flatMap({ Int64($0) }), let resource = row(1),
                written != nil || text == nil && objects.object(resource, key) != nil
            else { throw damaged("\(row(1) ?? "") \(key.namespace)/\(key.name)") }
            objects.record(resource, key, written, at: version)
        }
        _ = objects.trim()
        guard objects.isUnbroken else { throw damaged("the history") }
        return objects
    }

    private func damaged(_ part: String) -> DatabaseError {
        DatabaseError("read", path: database.path, found: "\(part) is damaged")
    }

    /// Returns when the changes are on disk: what is acknowledged after it survives a crash.
    ///
    /// Nobody asks any more for what those replaced that are `forgotten`.
    func commit(_ changes: some Sequence<Change>, forgotten: some Sequence<Change>) throws {
        try database.transaction {
            for change in changes {
                let place = [change.resource, change.key.namespace, change.key.name]
                let object = change.isDeletion ? nil : change.object.text
                try database.run(
                    "INSERT INTO changes VALUES (?, ?, ?, ?, ?)",
                    ["\(change.version)"] + place + [object])
            }
            for change in forgotten {
                let replaced = change.previous?["metadata", "resourceVersion"]?.string
                let own = change.isDeletion ? "\(change.version)" : nil
                try database.run("DELETE FROM changes WHERE version IN (?, ?)", [replaced, own])
            }
        }
    }
}
