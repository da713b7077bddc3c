import CSQLite
import Glibc

/// A call to SQLite that failed: what was tried, on which file, what it said.
struct DatabaseError: Error, CustomStringConvertible {
    let description: String

    init(_ tried: String, path: String, found: String) {
        description = "cannot \(tried) \(path): \(found)"
    }
}

/// One SQLite database, open to this process alone, and durable: WAL with `synchronous=FULL`.
///
/// Not Sendable: whoever opened it is the only one who uses it.
final class Database {
    /// The columns of one row, counted from 0, as texts; nil where nothing stands.
    typealias Row = (_ column: CInt) -> String?

    /// Pages that SQLite keeps: a write touches a few, and reading is done once, at the start.
    private static let cacheKibibytes = 256

    let path: String
    private let handle: OpaquePointer

    /// Opens the file, or makes it (mode 0600).
    init(path: String) throws {
        Glibc.close(open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0o600))
        var opened: OpaquePointer?
        let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX
        let code = sqlite3_open_v2(path, &opened, flags, nil)
        guard code == SQLITE_OK, let opened else {
            sqlite3_close(opened)
            throw DatabaseError("open", path: path, found: String(cString: sqlite3_errstr(code)))
        }
        handle = opened
        self.path = path
        for pragma in [
            "locking_mode=EXCLUSIVE", "journal_mode=WAL", "synchronous=FULL",
            "cache_size=-\(Self.cacheKibibytes)",
        ] {
            try run("PRAGMA \(pragma)")
        }
    }

    deinit { sqlite3_close(handle) }

    /// Runs one statement with `values` for its parameters and calls `read` for each row.
    ///
    /// Numbers are texts here: SQLite turns them into what their columns hold, and back.
    func run(
        _ sql: String, _ values: [String?] = [], read: (Row) throws -> Void = { _ in }
    ) throws {
        var statement: OpaquePointer?
        try check(sqlite3_prepare_v2(handle, sql, -1, &statement, nil), sql)
        defer { sqlite3_finalize(statement) }
        for (index, text) in zip(CInt(1)..., values) {
            let bytes = CInt(text?.utf8.count ?? 0)
            try check(herald_bind_text(statement, index, text, bytes), sql)
        }
        while case let code = sqlite3_step(statement), code != SQLITE_DONE {
            try check(code, sql)
            try read { sqlite3_column_text(statement, $0).map { String(cString: $0) } }
        }
    }

    /// Runs `body` inside one transaction; when it or the commit throws, nothing of it remains.
    func transaction(_ body: () throws -> Void) throws {
        try run("BEGIN IMMEDIATE")
        do {
            try body()
            try run("COMMIT")
        } catch {
            // Fails when SQLite rolled back by itself, as on a full disk: then all is well.
            try? run("ROLLBACK")
            throw error
        }
    }

    private func check(_ code: CInt, _ sql: String) throws {
        guard code != SQLITE_OK, code != SQLITE_ROW else { return }
        let isHeld = code == SQLITE_BUSY
        let advice = isHeld ? " (another process has it open: is one running?)" : ""
        let statement = sql.split(separator: " ").prefix(3).joined(separator: " ")
        throw DatabaseError(
            "run \"\(statement)\" on", path: path,
            found: String(cString: sqlite3_errmsg(handle)) + advice)
    }
}
