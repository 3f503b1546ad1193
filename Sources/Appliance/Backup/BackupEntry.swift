internal import Bundles

/// What a backup says of itself, before its files.
package struct BackupDescription: Sendable, Equatable {
    /// The box's name and domain.
    package let name: String
    package let domain: String
    /// Wall milliseconds of the snapshot of the database.
    package let created: UInt64
    /// Files in it, and their bytes together.
    package let files: Int
    package let bytes: Int

    private static let textLimit = 1_024

    func encode() -> [UInt8] {
        var writer = ByteWriter()
        writer.lengthPrefixed(Array(name.utf8))
        writer.lengthPrefixed(Array(domain.utf8))
        writer.uint64(created)
        writer.uint64(UInt64(clamping: files))
        writer.uint64(UInt64(clamping: bytes))
        return writer.bytes
    }

    init(name: String, domain: String, created: UInt64, files: Int, bytes: Int) {
        self.name = name
        self.domain = domain
        self.created = created
        self.files = files
        self.bytes = bytes
    }

    init(decoding bytes: [UInt8]) throws(ByteError) {
        var reader = ByteReader(bytes)
        name = String(decoding: try reader.lengthPrefixed(atMost: Self.textLimit, "name"), as: UTF8.self)
        domain = String(decoding: try reader.lengthPrefixed(atMost: Self.textLimit, "domain"), as: UTF8.self)
        created = try reader.uint64()
        files = Int(clamping: try reader.uint64())
        self.bytes = Int(clamping: try reader.uint64())
    }
}

/// The head of one file in a backup; its bytes follow.
struct BackupEntry: Sendable, Equatable {
    /// Below the box's directory: `keys/data.key`.
    let path: String
    let mode: UInt32
    let size: Int

    /// Bytes of a head at most.
    static let headLimit = 4_096
    private static let pathLimit = 512

    /// What a box's directory is made of.
    static let folders = ["keys", "certificates", "blobs"]
    static let database = "dakghar.db"
    static let configuration = "dakghar.toml"

    init(path: String, mode: UInt32, size: Int) {
        self.path = path
        self.mode = mode
        self.size = size
    }

    func encode() -> [UInt8] {
        var writer = ByteWriter()
        writer.lengthPrefixed(Array(path.utf8))
        writer.uint32(mode)
        writer.uint64(UInt64(clamping: size))
        return writer.bytes
    }

    init(decoding bytes: [UInt8]) throws(ByteError) {
        var reader = ByteReader(bytes)
        path = String(decoding: try reader.lengthPrefixed(atMost: Self.pathLimit, "path"), as: UTF8.self)
        mode = try reader.uint32() & 0o700
        size = Int(clamping: try reader.uint64())
        try reader.expectEnd()
    }

    /// Whether the path is one that a box has: nothing is ever written elsewhere.
    var isPlausible: Bool {
        if path == Self.database || path == Self.configuration { return true }
        let parts = path.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.count >= 2, parts.count <= 6, Self.folders.contains(parts[0]) else { return false }
        return parts.allSatisfy { part in
            !part.isEmpty && part.first != "."
                && part.utf8.allSatisfy { $0 > 0x20 && $0 != UInt8(ascii: "/") && $0 != 0x7F }
        }
    }
}
