/// What can go wrong in the store. Every case has a text that says what to do next.
package enum StorageError: Error, Equatable, CustomStringConvertible {
    /// The disk (or its quota) is full: nothing of the transaction was written.
    case full
    /// A write or a sync failed: what is on the disk is not known any more, the box must stop.
    case broken(code: Int32, text: String)
    /// The database was written by a newer version of this program.
    case newer(found: Int, known: Int)
    /// The file is not a database of a box, or is damaged.
    case damaged(String)
    /// Another process holds the database.
    case busy

    package var description: String {
        switch self {
        case .full:
            "The disk is full: free some space or raise the quota; what was accepted is kept."
        case .broken(let code, let text):
            "Writing to the database failed (SQLite \(code): \(text)). Check the disk (dmesg, SMART) before you start the box again."
        case .newer(let found, let known):
            "The database has schema \(found), this program knows schemas up to \(known). Install the newer program again, or restore a backup made by this one."
        case .damaged(let text):
            "The database is damaged or is not a box's (\(text)). Restore the last backup into an empty directory."
        case .busy:
            "Another process holds the database. Stop it first."
        }
    }
}
