package import Bundles

/// Which of the waiting mail an administrator means.
package struct MailSelection: Sendable, Equatable {
    /// All peers when nil.
    package var peer: Int64?
    /// All classes when nil.
    package var parcelClass: ParcelClass?
    /// These entries only; all that the others let through when empty.
    package var ids: [Int64] = []

    package init(peer: Int64? = nil, parcelClass: ParcelClass? = nil, ids: [Int64] = []) {
        self.peer = peer
        self.parcelClass = parcelClass
        self.ids = ids
    }

    /// Whether this covers all that `other` covers, entries named one by one aside.
    package func covers(_ other: MailSelection) -> Bool {
        ids.isEmpty && (peer == nil || peer == other.peer)
            && (parcelClass == nil || parcelClass == other.parcelClass)
    }
}

/// A standing order: what waits for a peer in a class is held back, and what comes later too.
package struct HoldRow: Sendable, Equatable {
    package let selection: MailSelection
    /// Wall milliseconds.
    package let since: UInt64

    package init(selection: MailSelection, since: UInt64) {
        self.selection = selection
        self.since = since
    }
}

extension Database {
    package func holds() throws(StorageError) -> [HoldRow] {
        try rows("SELECT peer, class, since FROM hold ORDER BY peer, class") { row in
            let parcelClass = row.int64(1) < 0 ? nil : UInt8(exactly: row.int64(1))
            return HoldRow(
                selection: MailSelection(
                    peer: row.int64(0) == 0 ? nil : row.int64(0),
                    parcelClass: parcelClass.flatMap { ParcelClass(rawValue: $0) }),
                since: row.uint64(2))
        }
    }

    package func insertHold(_ hold: HoldRow) throws(StorageError) {
        try run(
            "INSERT OR IGNORE INTO hold (peer, class, since) VALUES (?,?,?)",
            .integer(hold.selection.peer ?? 0), .integer(Self.number(hold.selection.parcelClass)),
            .int(hold.since))
    }

    package func removeHold(_ selection: MailSelection) throws(StorageError) {
        try run(
            "DELETE FROM hold WHERE peer=? AND class=?", .integer(selection.peer ?? 0),
            .integer(Self.number(selection.parcelClass)))
    }

    /// Holds the selected mail back, or lets it go.
    package func setHeld(_ isHeld: Bool, _ selection: MailSelection) throws(StorageError) {
        guard selection.ids.isEmpty else {
            for id in selection.ids {
                try run(
                    """
                    UPDATE outbox SET held=?1 WHERE id=?2 AND kind=1 AND (?3 IS NULL OR peer=?3)
                    AND (?4<0 OR class=?4)
                    """, .flag(isHeld), .integer(id), selection.peer.map { .integer($0) } ?? .null,
                    .integer(Self.number(selection.parcelClass)))
            }
            return
        }
        try run(
            "UPDATE outbox SET held=?1 WHERE kind=1 AND held<>?1 AND (?2 IS NULL OR peer=?2) AND (?3<0 OR class=?3)",
            .flag(isHeld), selection.peer.map { .integer($0) } ?? .null,
            .integer(Self.number(selection.parcelClass)))
    }

    /// Selected mail after a row, in order of acceptance.
    package func outboxRows(
        _ selection: MailSelection, isHeld: Bool? = nil, after id: Int64, limit: Int
    ) throws(StorageError) -> [(peer: Int64, id: Int64)] {
        guard selection.ids.isEmpty else {
            var found: [(peer: Int64, id: Int64)] = []
            for wanted in selection.ids.sorted() where wanted > id && found.count < limit {
                found += try rows(
                    """
                    SELECT peer, id FROM outbox WHERE id=?1 AND kind=1 AND (?2 IS NULL OR peer=?2)
                    AND (?3<0 OR class=?3) AND (?4 IS NULL OR held=?4)
                    """, .integer(wanted), selection.peer.map { .integer($0) } ?? .null,
                    .integer(Self.number(selection.parcelClass)), isHeld.map { .flag($0) } ?? .null
                ) { ($0.int64(0), $0.int64(1)) }
            }
            return found
        }
        return try rows(
            """
            SELECT peer, id FROM outbox WHERE id>?1 AND kind=1 AND (?2 IS NULL OR peer=?2)
            AND (?3<0 OR class=?3) AND (?4 IS NULL OR held=?4) ORDER BY id LIMIT ?5
            """, .integer(id), selection.peer.map { .integer($0) } ?? .null,
            .integer(Self.number(selection.parcelClass)), isHeld.map { .flag($0) } ?? .null, .int(limit)
        ) { ($0.int64(0), $0.int64(1)) }
    }

    /// How much of the selected mail is held back, or is not.
    package func countOutbox(_ selection: MailSelection, isHeld: Bool) throws(StorageError) -> Int {
        guard selection.ids.isEmpty else {
            return try outboxRows(selection, isHeld: isHeld, after: 0, limit: .max).count
        }
        return try first(
            """
            SELECT count(*) FROM outbox WHERE kind=1 AND (?1 IS NULL OR peer=?1) AND (?2<0 OR class=?2)
            AND held=?3
            """, selection.peer.map { .integer($0) } ?? .null, .integer(Self.number(selection.parcelClass)),
            .flag(isHeld)
        ) { $0.int(0) } ?? 0
    }

    private static func number(_ parcelClass: ParcelClass?) -> Int64 {
        parcelClass.map { Int64($0.rawValue) } ?? -1
    }
}
