/// How much waits for each peer, kept as it changes: counting a million rows would hold up everybody.
enum DepthSchema {
    static let tables = """
        CREATE TABLE outbox_depth (
            peer INTEGER NOT NULL, class INTEGER NOT NULL,
            parcels INTEGER NOT NULL,
            bytes INTEGER NOT NULL,                 -- of the stanzas
            PRIMARY KEY (peer, class)
        ) WITHOUT ROWID;
        INSERT INTO outbox_depth SELECT peer, class, count(*), sum(size) FROM outbox GROUP BY peer, class;

        -- The oldest of each is the first entry here.
        CREATE INDEX outbox_age ON outbox(peer, class, accepted);

        -- OR IGNORE and a plain UPDATE: the conflict clause of the statement outside counts inside too.
        CREATE TRIGGER outbox_comes AFTER INSERT ON outbox BEGIN
            INSERT OR IGNORE INTO outbox_depth VALUES (new.peer, new.class, 0, 0);
            UPDATE outbox_depth SET parcels=parcels+1, bytes=bytes+new.size
                WHERE peer=new.peer AND class=new.class;
        END;
        CREATE TRIGGER outbox_goes AFTER DELETE ON outbox BEGIN
            UPDATE outbox_depth SET parcels=parcels-1, bytes=bytes-old.size
                WHERE peer=old.peer AND class=old.class;
        END;
        CREATE TRIGGER outbox_changes AFTER UPDATE OF peer, class, size ON outbox BEGIN
            UPDATE outbox_depth SET parcels=parcels-1, bytes=bytes-old.size
                WHERE peer=old.peer AND class=old.class;
            INSERT OR IGNORE INTO outbox_depth VALUES (new.peer, new.class, 0, 0);
            UPDATE outbox_depth SET parcels=parcels+1, bytes=bytes+new.size
                WHERE peer=new.peer AND class=new.class;
        END;
        """
}
