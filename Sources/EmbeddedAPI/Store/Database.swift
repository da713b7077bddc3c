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
    private let handle: OpaquePointer
    private let path: String

    /// Opens the file, or makes it (mode 0600).
    init(path: String) throws(DatabaseError) {
        close(open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0o600))
        var opened: OpaquePointer?
        let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX
        let code = sqlite3_open_v2(path, &opened, flags, nil)
        guard code == SQLITE_OK, let opened else {
            let found = String(cString: sqlite3_errstr(code))
            sqlite3_close(opened)
            throw DatabaseError("open", path: path, found: found)
        }
        handle = opened
        self.path = path
        for pragma in ["locking_mode=EXCLUSIVE", "journal_mode=WAL", "synchronous=FULL"] {
            try execute("PRAGMA \(pragma)")
        }
    }

    deinit {
        sqlite3_close_v2(handle)
    }

    func execute(_ sql: String) throws(DatabaseError) {
        guard sqlite3_exec(handle, sql, nil, nil, nil) == SQLITE_OK else { throw failure(sql) }
    }

    func prepare(_ sql: String) throws(DatabaseError) -> Statement {
        var prepared: OpaquePointer?
        guard sqlite3_prepare_v2(handle, sql, -1, &prepared, nil) == SQLITE_OK, let prepared else {
            throw failure(sql)
        }
        return Statement(prepared, of: self)
    }

    /// Runs `body` inside one transaction; when it or the commit throws, nothing of it remains.
    func transaction(_ body: () throws -> Void) throws {
        try execute("BEGIN IMMEDIATE")
        do {
            try body()
            try execute("COMMIT")
        } catch {
            // Fails when SQLite rolled back by itself, as on a full disk: then all is well.
            try? execute("ROLLBACK")
            throw error
        }
    }

    fileprivate func failure(_ sql: String) -> DatabaseError {
        let found = String(cString: sqlite3_errmsg(handle))
        let isHeld = sqlite3_errcode(handle) == SQLITE_BUSY
        let advice = isHeld ? " (another process has it open: is one running?)" : ""
        let statement = sql.split(separator: " ").prefix(3).joined(separator: " ")
        return DatabaseError("run \"\(statement)\" on", path: path, found: found + advice)
    }
}

/// A prepared statement, used again and again.
final class Statement {
    enum Value {
        case text(String)
        case integer(Int64)
        case null
    }

    private let handle: OpaquePointer
    private let database: Database

    fileprivate init(_ handle: OpaquePointer, of database: Database) {
        self.handle = handle
        self.database = database
    }

    deinit {
        sqlite3_finalize(handle)
    }

    /// Runs the statement with `values` for its parameters and calls `row` for each row.
    func run(_ values: [Value] = [], row: (Statement) throws -> Void = { _ in }) throws {
        defer { sqlite3_reset(handle) }
        for (index, value) in values.enumerated() {
            guard bind(value, at: CInt(index + 1)) == SQLITE_OK else { throw failure }
        }
        while true {
            switch sqlite3_step(handle) {
            case SQLITE_ROW: try row(self)
            case SQLITE_DONE: return
            default: throw failure
            }
        }
    }

    /// A column of the current row, counted from 0.
    func text(_ column: CInt) -> String? {
        sqlite3_column_text(handle, column).map { String(cString: $0) }
    }

    func integer(_ column: CInt) -> Int64 { sqlite3_column_int64(handle, column) }

    private func bind(_ value: Value, at index: CInt) -> CInt {
        switch value {
        case .text(let text):
            herald_bind_text(handle, index, text, CInt(text.utf8.count))
        case .integer(let number): sqlite3_bind_int64(handle, index, number)
        case .null: sqlite3_bind_null(handle, index)
        }
    }

    private var failure: DatabaseError {
        database.failure(String(cString: sqlite3_sql(handle)))
    }
}
