package import Bundles

/// A register of a peer that is kept on this disk (a contact card), without its value.
package struct KeptRegister: Sendable {
    package let key: String
    package let epoch: Epoch
    package let counter: UInt64
    /// Bytes on the disk.
    package let size: Int
}

/// Registers that are kept: what a peer last told is there also while the line is down, and after a
/// restart. Values are sealed like payloads; the additional data stands for the peer and the key.
extension Store {
    /// Keeps a register's value; an empty one removes it.
    package func keep(
        register key: String, epoch: Epoch, counter: UInt64, value: [UInt8], peer: Int64,
        then done: @escaping Journal.Completion = { _ in }
    ) {
        guard !value.isEmpty else {
            return journal.commit(
                { try $0.run("DELETE FROM register WHERE peer=? AND key=?", .integer(peer), .text(key)) },
                then: done)
        }
        let sealed = cipher.seal(value, row: Self.row(peer, key))
        journal.commit(
            { try $0.putRegister(peer: peer, key: key, epoch: epoch, counter: counter, value: sealed) },
            then: done)
    }

    /// The value that was kept, or nil.
    package func keptRegister(_ key: String, peer: Int64) throws(StorageError) -> [UInt8]? {
        let sealed = try reader.first(
            "SELECT value FROM register WHERE peer=? AND key=?", .integer(peer), .text(key)
        ) { $0.blob(0) }
        guard let sealed else { return nil }
        return try cipher.open(sealed, row: Self.row(peer, key))
    }

    private static func row(_ peer: Int64, _ key: String) -> Int64 {
        let hash = Sodium.blake2b(16, Array("\(peer) \(key)".utf8))
        return hash.prefix(8).reduce(0) { $0 << 8 | Int64($1) }
    }
}

extension Database {
    /// The kept registers of a peer whose keys begin so.
    package func keptRegisters(peer: Int64, prefix: String) throws(StorageError) -> [KeptRegister] {
        try rows(
            """
            SELECT key, epoch, counter, length(value) FROM register
            WHERE peer=?1 AND substr(key,1,length(?2))=?2
            """, .integer(peer), .text(prefix)
        ) { row throws(StorageError) in
            guard let epoch = Epoch(bytes: row.blob(1)) else {
                throw StorageError.damaged("register \(row.text(0))")
            }
            return KeptRegister(
                key: row.text(0), epoch: epoch, counter: row.uint64(2), size: row.int(3))
        }
    }
}
