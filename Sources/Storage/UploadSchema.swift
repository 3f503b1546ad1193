extension Schema {
    /// Files that people have uploaded, and the slots that they may still fill (XEP-0363). The contents
    /// lie in files named by the row's id.
    static let uploads = """
        CREATE TABLE upload (
            id INTEGER PRIMARY KEY,
            token BLOB NOT NULL UNIQUE,             -- BLAKE2b-128 of the address's token: a database gives no address away
            account INTEGER NOT NULL,
            size INTEGER NOT NULL,                  -- bytes
            requested INTEGER NOT NULL,             -- service
            detail BLOB NOT NULL,                   -- type, line feed, name; sealed like a payload
            completed INTEGER,                      -- service; NULL while it is a slot
            secret BLOB                             -- key 32 and BLAKE2b-256 of the content 32; sealed like a payload
        );
        CREATE INDEX upload_account ON upload(account);
        """
}
