import FoundationEssentials
import Testing

@testable import Storage

@Suite("The schema")
actor SchemaTests {
    nonisolated var unownedExecutor: UnownedSerialExecutor {
        StoreBench.executor
    }

    private let bench: StoreBench

    init() throws { bench = try StoreBench() }

    @Test("an empty file becomes a database of the newest schema, and a second start changes nothing")
    func fromEmpty() throws {
        let database = try Database(path: bench.path, writing: true)
        try Schema.migrate(database)
        let version = try database.first("PRAGMA user_version") { $0.int(0) }
        #expect(version == Schema.migrations.count)
        let tables = Set(
            try database.rows("SELECT name FROM sqlite_schema WHERE type='table'") { $0.text(0) })
        #expect(
            tables.isSuperset(of: [
                "account", "archive", "payload", "outbox", "transit", "register", "mailbox",
            ]))
        try Schema.migrate(database)
        #expect(try database.first("PRAGMA integrity_check") { $0.text(0) } == "ok")
    }

    @Test("pages that nothing uses any more go back to the disk, except a reserve")
    func shrinks() throws {
        let database = try Database(path: bench.path, writing: true)
        try Schema.migrate(database)
        for id in 1...40 as ClosedRange<Int64> {
            try database.run(
                "INSERT INTO transit_bundle (id, bytes) VALUES (?,?)", .integer(id),
                .blob([UInt8](repeating: 1, count: 1 << 20)))
        }
        let full = try database.first("PRAGMA page_count") { $0.int(0) } ?? 0
        try database.run("DELETE FROM transit_bundle")
        try database.shrink()
        let after = try database.first("PRAGMA page_count") { $0.int(0) } ?? 0
        #expect(full > 10_000 && after > 4_000 && after < 5_000, "\(full) to \(after)")
    }

    @Test("a database of a newer program is refused and not touched")
    func newer() async throws {
        do {
            let database = try Database(path: bench.path, writing: true)
            try Schema.migrate(database)
            try database.execute("PRAGMA user_version=99")
        }
        let before = try Data(contentsOf: URL(filePath: bench.path))
        #expect(throws: StorageError.newer(found: 99, known: Schema.migrations.count)) { try bench.open() }
        #expect(try Data(contentsOf: URL(filePath: bench.path)) == before)
    }

    @Test("a file that is no database is refused by name, and kept")
    func notADatabase() throws {
        let text = Data("This is a letter, not a database. ".utf8) + Data(repeating: 65, count: 4_096)
        try text.write(to: URL(filePath: bench.path))
        #expect {
            _ = try bench.open()
        } throws: { error in
            if case StorageError.damaged = error { return true }
            return false
        }
        #expect(try Data(contentsOf: URL(filePath: bench.path)) == text)
    }
}
