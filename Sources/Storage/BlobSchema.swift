/// Files between boxes: those on their way out, and those of other boxes that are kept here.
enum BlobSchema {
    static let tables = """
        CREATE TABLE blob_transfer (
            peer INTEGER NOT NULL, blob BLOB NOT NULL,   -- BLAKE2b-128 of the address's token
            upload INTEGER NOT NULL,                -- upload.id
            acked BLOB NOT NULL,                    -- units that the destination has, as ranges
            custody BLOB NOT NULL,                  -- units that hubs have for it
            entered INTEGER NOT NULL,               -- service
            PRIMARY KEY (peer, blob)
        ) WITHOUT ROWID;

        CREATE TABLE replica (
            id INTEGER PRIMARY KEY,                 -- names the file ID.copy
            peer INTEGER NOT NULL, blob BLOB NOT NULL,
            size INTEGER NOT NULL,                  -- bytes
            detail BLOB NOT NULL,                   -- type, line feed, name; sealed like a payload
            secret BLOB NOT NULL,                   -- key 32 and BLAKE2b-256 of the content 32; sealed like a payload
            have BLOB NOT NULL,                     -- units on the disk, as ranges
            complete INTEGER NOT NULL DEFAULT 0,    -- 1: all there, and its hash is right
            entered INTEGER NOT NULL,               -- service
            lifetime INTEGER NOT NULL               -- ms of service
        );
        CREATE UNIQUE INDEX replica_name ON replica(peer, blob);
        """
}
