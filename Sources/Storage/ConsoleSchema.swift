enum ConsoleSchema {
    /// What administrators did, and what the lines did, for the console. `time` is wall milliseconds.
    static let tables = """
        CREATE TABLE act (
            id INTEGER PRIMARY KEY,
            time INTEGER NOT NULL,
            administrator TEXT NOT NULL,            -- the part before the @; '' for the command line
            command TEXT NOT NULL,
            subject TEXT NOT NULL,                  -- what it was about: a user, a peer
            code INTEGER NOT NULL                   -- how it ended: an exit code
        );
        CREATE TABLE line_change (
            id INTEGER PRIMARY KEY,
            time INTEGER NOT NULL,
            peer TEXT NOT NULL,
            state TEXT NOT NULL                     -- up, degraded, down
        );
        CREATE TABLE queue_depth (
            id INTEGER PRIMARY KEY,
            time INTEGER NOT NULL,
            peer TEXT NOT NULL,
            parcels INTEGER NOT NULL,
            bytes INTEGER NOT NULL
        );
        """
}
