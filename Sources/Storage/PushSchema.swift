extension Schema {
    /// Which app server hears of an account's waiting messages (XEP-0357).
    static let push = """
        CREATE TABLE push (
            id INTEGER PRIMARY KEY,
            account INTEGER NOT NULL,
            detail BLOB NOT NULL                    -- the <enable/> of the client as XML; sealed like a payload
        );
        CREATE INDEX push_account ON push(account);
        """
}
