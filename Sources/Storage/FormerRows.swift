/// People who had an account here and have none any more: whoever writes to them is told so.
package struct FormerPerson: Sendable, Equatable {
    package let localpart: String
    /// Where they are reached now, if they said so.
    package let movedTo: String?
}

enum FormerSchema {
    static let first = """
        CREATE TABLE former (localpart TEXT PRIMARY KEY, moved_to TEXT) WITHOUT ROWID;
        """
}

extension Database {
    package func formerPeople() throws(StorageError) -> [FormerPerson] {
        try rows("SELECT localpart, moved_to FROM former") { row in
            FormerPerson(localpart: row.text(0), movedTo: row.isNull(1) ? nil : row.text(1))
        }
    }

    package func put(_ former: FormerPerson) throws(StorageError) {
        try run(
            "INSERT OR REPLACE INTO former (localpart, moved_to) VALUES (?,?)", .text(former.localpart),
            .optional(former.movedTo))
    }

    package func forgetFormer(_ localpart: String) throws(StorageError) {
        try run("DELETE FROM former WHERE localpart=?", .text(localpart))
    }

    package func setDisabled(_ isDisabled: Bool, account: Int64) throws(StorageError) {
        try run("UPDATE account SET disabled=? WHERE id=?", .flag(isDisabled), .integer(account))
        if isDisabled { try removeTokens(account: account) }
    }
}

extension Store {
    /// Closes an account without removing anything of it, or opens it again.
    package func setDisabled(_ isDisabled: Bool, of account: Account, then done: @escaping Journal.Completion)
    {
        var changed = account
        changed.disabled = isDisabled
        let new = changed
        journal.commit({ try $0.setDisabled(isDisabled, account: new.id) }) { error in
            if error == nil {
                self.replace(new)
                self.accountsChanged()
            }
            done(error)
        }
    }
}
