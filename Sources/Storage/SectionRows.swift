extension Database {
    package func setSection(_ section: String?, account: Int64) throws(StorageError) {
        try run("UPDATE account SET section=? WHERE id=?", .optional(section), .integer(account))
    }
}

extension Store {
    /// Moves somebody to another part of the office; nil is none.
    package func setSection(
        _ section: String?, of account: Account, then done: @escaping Journal.Completion
    ) {
        journal.commit({ try $0.setSection(section, account: account.id) }) { error in
            if error == nil, var changed = self.account(account.localpart), changed.id == account.id {
                changed.section = section
                self.replace(changed)
                self.accountsChanged()
            }
            done(error)
        }
    }
}
