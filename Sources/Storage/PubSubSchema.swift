/// Tables of personal eventing (XEP-0163) and of private XML (XEP-0049).
enum PubSubSchema {
    /// Names, settings and contents are encrypted like messages are; additional data: the row's id with bit 62
    /// set, so that no row can stand for one of `payload`. Ids are shared by the three tables and never used twice.
    static let tables = """
        CREATE TABLE pubsub_node (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            account INTEGER NOT NULL,
            settings BLOB NOT NULL                  -- encrypted: name, configuration, members
        );
        CREATE INDEX pubsub_node_account ON pubsub_node(account);

        CREATE TABLE pubsub_item (
            id INTEGER PRIMARY KEY AUTOINCREMENT,   -- grows with each publication
            account INTEGER NOT NULL,
            node INTEGER NOT NULL,                  -- pubsub_node.id
            size INTEGER NOT NULL,                  -- of the payload, bytes
            name BLOB NOT NULL,                     -- encrypted: the item's id
            payload BLOB NOT NULL                   -- encrypted: an element
        );
        CREATE INDEX pubsub_item_account ON pubsub_item(account);

        CREATE TABLE private_xml (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            account INTEGER NOT NULL,
            element BLOB NOT NULL                   -- encrypted
        );
        CREATE INDEX private_xml_account ON private_xml(account);
        """
}
