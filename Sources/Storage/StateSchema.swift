/// What became of people's messages, and what an administrator holds back.
enum StateSchema {
    static let tables = """
        -- 1: an administrator holds it back; no way takes it.
        ALTER TABLE outbox ADD COLUMN held INTEGER NOT NULL DEFAULT 0;

        -- What ends first is found without reading past all that waits.
        CREATE INDEX outbox_end ON outbox(entered+lifetime);

        -- Standing orders to hold back mail as it comes; peer 0 is every peer, class -1 every class.
        CREATE TABLE hold (
            peer INTEGER NOT NULL, class INTEGER NOT NULL, since INTEGER NOT NULL,   -- wall
            PRIMARY KEY (peer, class)
        ) WITHOUT ROWID;

        -- One row for each message of a person to another office; pruned by age and number.
        CREATE TABLE message_state (
            id INTEGER PRIMARY KEY,                 -- of the payload, the outbox row and the archive entry
            account INTEGER NOT NULL,
            archived INTEGER NOT NULL,              -- 1: the id names an entry of the account's archive
            peer INTEGER NOT NULL, epoch BLOB NOT NULL, number INTEGER NOT NULL,    -- the parcel's name
            recipient INTEGER NOT NULL,             -- jid.id, bare
            client TEXT,                            -- the id that the client gave
            state INTEGER NOT NULL,                 -- MessageState
            changed INTEGER NOT NULL                -- wall
        );
        CREATE INDEX message_state_account ON message_state(account, recipient, id);
        CREATE INDEX message_state_client ON message_state(account, client);
        CREATE INDEX message_state_name ON message_state(peer, epoch, number);

        -- Archive entries whose arrival a client has not acknowledged yet, and the names they came under.
        CREATE TABLE undelivered (
            id INTEGER PRIMARY KEY, peer INTEGER NOT NULL, epoch BLOB NOT NULL, number INTEGER NOT NULL
        );

        -- Numbers of a peer's mail: 1 delivered, 2 announced as skipped, 3 came although skipped, 4 refused.
        CREATE TABLE mail_ranges (
            peer INTEGER NOT NULL, kind INTEGER NOT NULL, epoch BLOB NOT NULL, ranges BLOB NOT NULL,
            PRIMARY KEY (peer, kind, epoch)
        ) WITHOUT ROWID;
        """
}
