/// The schema and its migrations, oldest first: `PRAGMA user_version` counts those applied.
enum Schema {
    static let migrations: [String] = [
        first,
        BlockSchema.first,
        FormerSchema.first,
        TokenSchema.first,
        PubSubSchema.tables,
        uploads,
        rooms,
        InvitationSchema.table,
        push,
        SectionSchema.column,
        StickSchema.tables,
        RequestSchema.column,
        DirectorySchema.table,
        BlobSchema.tables,
        ConsoleSchema.tables,
        StateSchema.tables,
        transitStreams,
        DepthSchema.tables,
    ]

    /// Brings the database to the newest schema.
    /// - Throws: `StorageError.newer` when it was written by a newer program; nothing is changed then.
    static func migrate(_ database: Database) throws(StorageError) {
        let found = try checkVersion(database)
        for version in found..<migrations.count {
            try database.transaction { database in
                try database.execute(migrations[version])
                try database.execute("PRAGMA user_version=\(version + 1)")
            }
        }
    }

    /// How many migrations the database has seen.
    /// - Throws: `StorageError.newer` when they are more than this program knows.
    @discardableResult
    static func checkVersion(_ database: Database) throws(StorageError) -> Int {
        let found = try database.first("PRAGMA user_version") { $0.int(0) } ?? 0
        guard found <= migrations.count else {
            throw StorageError.newer(found: found, known: migrations.count)
        }
        return found
    }

    /// Times are milliseconds: `wall` since 1970, `service` since the box first ran (see `ServiceClock`).
    private static let first = """
        CREATE TABLE meta (key TEXT PRIMARY KEY, value NOT NULL) WITHOUT ROWID;

        CREATE TABLE account (
            id INTEGER PRIMARY KEY AUTOINCREMENT,   -- never reused: archive ids name it
            localpart TEXT NOT NULL UNIQUE,
            admin INTEGER NOT NULL DEFAULT 0,
            disabled INTEGER NOT NULL DEFAULT 0,
            created INTEGER NOT NULL,               -- wall
            scram_sha1 BLOB NOT NULL,               -- iterations 4, salt length 1, salt, stored key, server key
            scram_sha256 BLOB NOT NULL,
            roster_version INTEGER NOT NULL DEFAULT 0
        );

        CREATE TABLE roster (
            account INTEGER NOT NULL REFERENCES account(id),
            jid TEXT NOT NULL,
            name TEXT,
            groups TEXT NOT NULL DEFAULT '',        -- one a line
            subscription INTEGER NOT NULL,          -- bit 0 to, bit 1 from, bit 2 pending out, bit 3 pending in, bit 4 approved, bit 5 listed, bit 6 names a colleague only
            PRIMARY KEY (account, jid)
        ) WITHOUT ROWID;

        -- The account's contact card, sealed like a payload; additional data: the account's id negated.
        CREATE TABLE vcard (account INTEGER PRIMARY KEY, bytes BLOB NOT NULL);

        CREATE TABLE jid (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);

        -- A message's bytes, once; XChaCha20-Poly1305, nonce 24 first, additional data: the row's id.
        CREATE TABLE payload (
            id INTEGER PRIMARY KEY,
            archived INTEGER NOT NULL,              -- how many archives refer to it
            bytes BLOB NOT NULL
        );

        CREATE TABLE archive (
            account INTEGER NOT NULL,
            id INTEGER NOT NULL,                    -- of the payload; grows at the end only
            peer INTEGER NOT NULL,                  -- jid.id of the other side's bare JID
            time INTEGER NOT NULL,                  -- wall, of arrival here; never decreases with id
            flags INTEGER NOT NULL,                 -- bit 0: incoming
            PRIMARY KEY (account, id)
        ) WITHOUT ROWID;

        -- Incoming archive entries that some client of the account has acknowledged or read.
        CREATE TABLE mailbox (account INTEGER PRIMARY KEY, acknowledged BLOB NOT NULL);

        CREATE TABLE stream_management (
            id BLOB PRIMARY KEY,
            account INTEGER NOT NULL,
            h INTEGER NOT NULL,
            unacknowledged BLOB NOT NULL,           -- 16-byte digests of counted stanzas whose <a/> has not gone out
            touched INTEGER NOT NULL                -- service
        ) WITHOUT ROWID;
        CREATE INDEX stream_management_account ON stream_management(account);

        CREATE TABLE peer (id INTEGER PRIMARY KEY, box BLOB NOT NULL UNIQUE);

        CREATE TABLE outbox (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            peer INTEGER NOT NULL,
            epoch BLOB NOT NULL,
            number INTEGER NOT NULL,
            kind INTEGER NOT NULL,                  -- parcel kind: 1 mail, 3 skipped
            class INTEGER NOT NULL,
            payload INTEGER NOT NULL,
            size INTEGER NOT NULL,                  -- of the stanza, bytes
            sender INTEGER NOT NULL,                -- jid.id, bare
            recipient INTEGER NOT NULL,             -- jid.id, bare
            previous_epoch BLOB,
            previous_number INTEGER,
            accepted INTEGER NOT NULL,              -- wall
            entered INTEGER NOT NULL,               -- service
            lifetime INTEGER NOT NULL,              -- ms of service
            left_by BLOB                            -- box id of the hub that has custody
        );
        CREATE UNIQUE INDEX outbox_name ON outbox(peer, epoch, number);
        -- A page of one peer's rows in order, however many wait for it or for others.
        CREATE INDEX outbox_peer ON outbox(peer);

        CREATE TABLE received (
            peer INTEGER NOT NULL, epoch BLOB NOT NULL, ranges BLOB NOT NULL,
            PRIMARY KEY (peer, epoch)
        ) WITHOUT ROWID;

        CREATE TABLE waiting (
            peer INTEGER NOT NULL, epoch BLOB NOT NULL, number INTEGER NOT NULL,
            previous_epoch BLOB, previous_number INTEGER,   -- null: only behind others of its conversation
            accepted INTEGER NOT NULL, payload INTEGER NOT NULL,
            PRIMARY KEY (peer, epoch, number)
        ) WITHOUT ROWID;

        CREATE TABLE delivered (
            peer INTEGER NOT NULL, content BLOB NOT NULL, entered INTEGER NOT NULL,
            PRIMARY KEY (peer, content)
        ) WITHOUT ROWID;

        CREATE TABLE transit (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            origin BLOB NOT NULL, destination BLOB NOT NULL,
            class INTEGER NOT NULL,
            held INTEGER NOT NULL,                  -- seconds before it came here
            entered INTEGER NOT NULL,               -- service
            lifetime INTEGER NOT NULL,              -- ms left on arrival
            size INTEGER NOT NULL                   -- of the bundle, bytes
        );
        -- Apart, so that counting and expiring do not read past the bundles themselves.
        CREATE TABLE transit_bundle (id INTEGER PRIMARY KEY, bytes BLOB NOT NULL);
        CREATE INDEX transit_destination ON transit(destination, id);

        CREATE TABLE register (
            peer INTEGER NOT NULL,                  -- writer; 0 is this box
            key TEXT NOT NULL, epoch BLOB NOT NULL, counter INTEGER NOT NULL,
            value BLOB NOT NULL,                    -- of vcard/…: sealed, see PeerCardRows.swift
            PRIMARY KEY (peer, key)
        ) WITHOUT ROWID;
        """
}
