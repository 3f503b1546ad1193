extension Schema {
    /// Rooms (XEP-0045): what is durable about them, and what was said in them.
    static let rooms = """
        CREATE TABLE room (
            id INTEGER PRIMARY KEY AUTOINCREMENT,   -- never reused: archive ids name it, negated
            localpart TEXT NOT NULL UNIQUE,
            creator INTEGER NOT NULL,               -- jid.id
            created INTEGER NOT NULL                -- wall
        );

        -- Affiliations, settings, subject: the newest version wins (see Engine/RoomState.swift).
        CREATE TABLE room_register (
            room INTEGER NOT NULL,
            name TEXT NOT NULL,
            time INTEGER NOT NULL,                  -- hybrid time of the version
            box INTEGER NOT NULL,                   -- its writer
            value BLOB,                             -- sealed, additional data: a hash of room and name; NULL: taken away
            PRIMARY KEY (room, name)
        ) WITHOUT ROWID;

        CREATE TABLE room_archive (
            room INTEGER NOT NULL,
            id INTEGER NOT NULL,                    -- of the payload; grows at the end only
            sender INTEGER NOT NULL,                -- jid.id of the real bare JID; 0 for the room itself
            time INTEGER NOT NULL,                  -- wall, of arrival here
            origin INTEGER NOT NULL,                -- the event's name: box id,
            counter INTEGER NOT NULL,               -- its counter in this room,
            hybrid INTEGER NOT NULL,                -- and hybrid time
            flags INTEGER NOT NULL,                 -- bit 0: not shown to who enters (subjects, receipts)
            PRIMARY KEY (room, id)
        ) WITHOUT ROWID;
        """
}
