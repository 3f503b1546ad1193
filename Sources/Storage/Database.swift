internal import CSQLite

/// One connection to the database: not Sendable, used by one thread at a time.
package final class Database {
    private let handle: OpaquePointer
    private var statements: [String: Statement] = [:]

    /// Opens the file, which is created when `writing`.
    /// - Throws: `StorageError.damaged` when it cannot be opened as a database.
    package init(path: String, writing: Bool) throws(StorageError) {
        var opened: OpaquePointer?
        let flags =
            writing
            ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX
            : SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX
        let code = sqlite3_open_v2(path, &opened, flags, nil)
        guard code == SQLITE_OK, let opened else {
            let text = opened.map { String(cString: sqlite3_errmsg($0)) } ?? "out of memory"
            sqlite3_close_v2(opened)
            throw StorageError.damaged("\(path): \(text)")
        }
        handle = opened
        sqlite3_extended_result_codes(handle, 1)
        sqlite3_busy_timeout(handle, 5_000)
        // Can be chosen only before the first table: a drained queue gives its pages back to the disk.
        if writing, try first("PRAGMA auto_vacuum", make: { $0.int(0) }) == 0 {
            try execute("PRAGMA auto_vacuum=INCREMENTAL")
        }
        // FULL: a commit in WAL mode returns only after its pages are synced.
        try execute("PRAGMA journal_mode=WAL")
        try execute("PRAGMA synchronous=FULL")
        try execute("PRAGMA temp_store=MEMORY")
        try execute("PRAGMA cache_size=\(writing ? -2048 : -512)")
        try execute("PRAGMA journal_size_limit=8388608")
        if !writing { try execute("PRAGMA query_only=ON") }
    }

    deinit {
        statements.removeAll()
        sqlite3_close_v2(handle)
    }

    /// Runs SQL text without parameters or results (schema, pragmas, transactions).
    package func execute(_ sql: String) throws(StorageError) {
        let code = sqlite3_exec(handle, sql, nil, nil, nil)
        guard code == SQLITE_OK else { throw error(code) }
    }

    /// Runs a statement to its end.
    package func run(_ sql: String, _ values: SQLValue...) throws(StorageError) {
        let statement = try prepared(sql, values)
        defer { sqlite3_reset(statement.handle) }
        let code = sqlite3_step(statement.handle)
        guard code == SQLITE_DONE || code == SQLITE_ROW else { throw error(code) }
    }

    /// Calls `body` for each row until it returns false.
    package func query(
        _ sql: String, _ values: SQLValue..., each body: (Row) throws(StorageError) -> Bool
    ) throws(StorageError) {
        let statement = try prepared(sql, values)
        defer { sqlite3_reset(statement.handle) }
        while true {
            let code = sqlite3_step(statement.handle)
            if code == SQLITE_DONE { return }
            guard code == SQLITE_ROW else { throw error(code) }
            if try !body(Row(handle: statement.handle)) { return }
        }
    }

    /// All rows of a query, each made by `make`.
    package func rows<T>(
        _ sql: String, _ values: SQLValue..., make: (Row) throws(StorageError) -> T
    ) throws(StorageError) -> [T] {
        let statement = try prepared(sql, values)
        defer { sqlite3_reset(statement.handle) }
        var found: [T] = []
        while true {
            let code = sqlite3_step(statement.handle)
            if code == SQLITE_DONE { return found }
            guard code == SQLITE_ROW else { throw error(code) }
            found.append(try make(Row(handle: statement.handle)))
        }
    }

    /// The first row of a query, if any.
    package func first<T>(
        _ sql: String, _ values: SQLValue..., make: (Row) throws(StorageError) -> T
    ) throws(StorageError) -> T? {
        let statement = try prepared(sql, values)
        defer { sqlite3_reset(statement.handle) }
        let code = sqlite3_step(statement.handle)
        if code == SQLITE_DONE { return nil }
        guard code == SQLITE_ROW else { throw error(code) }
        return try make(Row(handle: statement.handle))
    }

    /// Gives free pages back to the disk beyond a reserve for what comes next: at most 32 MiB a call.
    package func shrink() throws(StorageError) {
        let free = try first("PRAGMA freelist_count") { $0.int(0) } ?? 0
        guard free > Self.freeReserve else { return }
        try execute("PRAGMA incremental_vacuum(\(min(free - Self.freeReserve, 8_192)))")
    }

    /// Pages of 4 KiB.
    private static let freeReserve = 4_096

    /// Rows changed by the last statement.
    package var changes: Int { Int(sqlite3_changes(handle)) }

    /// Runs `body` in one transaction that is synced when this returns; rolled back when it throws.
    package func transaction(_ body: (Database) throws -> Void) throws(StorageError) {
        try execute("BEGIN IMMEDIATE")
        do {
            try body(self)
            try execute("COMMIT")
        } catch {
            sqlite3_exec(handle, "ROLLBACK", nil, nil, nil)
            throw error as? StorageError ?? .broken(code: 0, text: "\(error)")
        }
    }

    private func prepared(_ sql: String, _ values: [SQLValue]) throws(StorageError) -> Statement {
        let statement: Statement
        if let kept = statements[sql] {
            statement = kept
        } else {
            var made: OpaquePointer?
            let code = sqlite3_prepare_v3(handle, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &made, nil)
            guard code == SQLITE_OK, let made else { throw error(code) }
            statement = Statement(handle: made)
            statements[sql] = statement
        }
        for (index, value) in values.enumerated() {
            let code = statement.bind(value, at: Int32(index + 1))
            guard code == SQLITE_OK else { throw error(code) }
        }
        return statement
    }

    private func error(_ code: Int32) -> StorageError {
        let text = String(cString: sqlite3_errmsg(handle))
        switch code & 0xFF {
        case SQLITE_FULL: return .full
        case SQLITE_BUSY, SQLITE_LOCKED: return .busy
        case SQLITE_CORRUPT, SQLITE_NOTADB: return .damaged(text)
        default: return .broken(code: code, text: text)
        }
    }
}
