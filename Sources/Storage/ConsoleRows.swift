/// Something that an administrator did.
package struct Act: Sendable {
    /// Wall milliseconds.
    package let time: UInt64
    /// The part before the @; empty for the command line.
    package let administrator: String
    package let command: String
    /// What it was about: a user, a peer. Never a secret.
    package let subject: String
    /// How it ended: 0, or an exit code of docs/cli.md.
    package let code: Int32

    package init(time: UInt64, administrator: String, command: String, subject: String, code: Int32) {
        self.time = time
        self.administrator = administrator
        self.command = command
        self.subject = subject
        self.code = code
    }
}

/// A line that went up or down.
package struct LineChange: Sendable {
    package let time: UInt64
    package let peer: String
    package let state: String

    package init(time: UInt64, peer: String, state: String) {
        self.time = time
        self.peer = peer
        self.state = state
    }
}

/// What waited for a peer at a time.
package struct DepthSample: Sendable {
    package let time: UInt64
    package let peer: String
    package let parcels: Int
    package let bytes: Int

    package init(time: UInt64, peer: String, parcels: Int, bytes: Int) {
        self.time = time
        self.peer = peer
        self.parcels = parcels
        self.bytes = bytes
    }
}

extension Store {
    /// Rows of each table that are kept: the oldest go first.
    private static let actLimit: Int64 = 10_000
    private static let changeLimit: Int64 = 50_000
    private static let depthLimit: Int64 = 200_000

    package func note(_ act: Act) {
        journal.commit { database in
            try database.run(
                "INSERT INTO act (time, administrator, command, subject, code) VALUES (?,?,?,?,?)",
                .integer(Int64(act.time)), .text(act.administrator), .text(act.command), .text(act.subject),
                .integer(Int64(act.code)))
            try database.run(
                "DELETE FROM act WHERE id <= (SELECT max(id) FROM act) - ?", .integer(Self.actLimit))
        }
    }

    package func note(_ changes: [LineChange], _ depths: [DepthSample]) {
        guard !changes.isEmpty || !depths.isEmpty else { return }
        journal.commit { database in
            for change in changes {
                try database.run(
                    "INSERT INTO line_change (time, peer, state) VALUES (?,?,?)",
                    .integer(Int64(change.time)),
                    .text(change.peer), .text(change.state))
            }
            for depth in depths {
                try database.run(
                    "INSERT INTO queue_depth (time, peer, parcels, bytes) VALUES (?,?,?,?)",
                    .integer(Int64(depth.time)), .text(depth.peer), .integer(Int64(depth.parcels)),
                    .integer(Int64(depth.bytes)))
            }
            try database.run(
                "DELETE FROM line_change WHERE id <= (SELECT max(id) FROM line_change) - ?",
                .integer(Self.changeLimit))
            try database.run(
                "DELETE FROM queue_depth WHERE id <= (SELECT max(id) FROM queue_depth) - ?",
                .integer(Self.depthLimit))
        }
    }
}

extension Database {
    /// The newest acts, the newest first.
    package func acts(limit: Int) throws(StorageError) -> [Act] {
        try rows(
            "SELECT time, administrator, command, subject, code FROM act ORDER BY id DESC LIMIT ?",
            .integer(Int64(limit))
        ) { row in
            Act(
                time: row.uint64(0), administrator: row.text(1), command: row.text(2), subject: row.text(3),
                code: Int32(truncatingIfNeeded: row.int64(4)))
        }
    }

    /// Changes after a time, and for each peer the last one before it, in order.
    package func lineChanges(after time: UInt64) throws(StorageError) -> [LineChange] {
        try rows(
            """
            SELECT time, peer, state FROM line_change WHERE time > ?1 OR id IN
            (SELECT max(id) FROM line_change WHERE time <= ?1 GROUP BY peer) ORDER BY id
            """, .integer(Int64(clamping: time))
        ) { row in LineChange(time: row.uint64(0), peer: row.text(1), state: row.text(2)) }
    }

    /// Samples after a time, in order.
    package func depthSamples(after time: UInt64) throws(StorageError) -> [DepthSample] {
        try rows(
            "SELECT time, peer, parcels, bytes FROM queue_depth WHERE time > ? ORDER BY id",
            .integer(Int64(clamping: time))
        ) { row in
            DepthSample(time: row.uint64(0), peer: row.text(1), parcels: row.int(2), bytes: row.int(3))
        }
    }
}
