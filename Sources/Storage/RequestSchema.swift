enum RequestSchema {
    /// A contact's request for a subscription as it came, sealed.
    static let column = "ALTER TABLE roster ADD COLUMN request BLOB"
}

extension PayloadCipher {
    /// Requests are bound to the account; bit 61 keeps them apart from other rows.
    private static func place(_ account: Int64) -> Int64 { account | 1 << 61 }

    package func sealRequest(_ plain: [UInt8], account: Int64) -> [UInt8] {
        seal(plain, row: Self.place(account))
    }

    package func openRequest(_ sealed: [UInt8], account: Int64) throws(StorageError) -> [UInt8] {
        try open(sealed, row: Self.place(account))
    }
}
