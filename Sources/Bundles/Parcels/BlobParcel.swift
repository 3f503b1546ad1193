/// What two boxes say to each other of one file (docs/architecture.md, "Blobs"). Always sealed, always
/// between the file's owner and one reader.
package struct BlobParcel: Equatable, Sendable {
    package enum Body: Equatable, Sendable {
        /// The owner: what the file is.
        case manifest(BlobManifest)
        /// The owner: the content from a unit on; whole units, except at the end of the file.
        case range(first: UInt64, bytes: [UInt8])
        /// The reader: what it has on its disk.
        case report(BlobReport)
        /// The reader: somebody waits for the file, from a unit on.
        case request(from: UInt64)
        /// The owner: there is no such file.
        case absent
    }

    /// Ranges are counted in units of so many bytes: the least that is worth a bundle on the slowest line.
    package static let unitBytes = 4_096
    /// The most units of one range: a bundle holds them, with a manifest beside them.
    package static let maxUnits = 14
    /// A file's name and its media type, bytes.
    package static let maxNameBytes = 255
    package static let maxTypeBytes = 127
    /// The largest file that a manifest may name, bytes: 1 TiB.
    package static let maxFileBytes: UInt64 = 1 << 40

    package let id: BlobID
    package let body: Body

    package init(id: BlobID, _ body: Body) {
        self.id = id
        self.body = body
    }

    /// How many units a file of `bytes` has.
    package static func units(_ bytes: UInt64) -> UInt64 {
        (bytes + UInt64(unitBytes) - 1) / UInt64(unitBytes)
    }
}

/// What a file is.
package struct BlobManifest: Equatable, Sendable {
    /// Bytes.
    package let size: UInt64
    /// BLAKE2b-256 of the content.
    package let hash: [UInt8]
    /// The media type and the name that its uploader gave.
    package let type: String
    package let name: String
    /// How long its owner will keep it, seconds.
    package let remainingSeconds: UInt64

    package init(size: UInt64, hash: [UInt8], type: String, name: String, remainingSeconds: UInt64) {
        self.size = size
        self.hash = hash
        self.type = type
        self.name = name
        self.remainingSeconds = remainingSeconds
    }
}

/// How far a reader has come with a file.
package struct BlobReport: Equatable, Sendable {
    package enum State: UInt8, Sendable {
        case receiving = 1
        /// All of it, and its hash is right.
        case complete
        /// It will not be kept: a limit, or a full disk.
        case noRoom
    }

    package let state: State
    /// Tells one beginning of the reader from another: what an earlier one had is not there any more.
    package let generation: UInt64
    /// The units on its disk.
    package let units: RangeSet

    package init(state: State, generation: UInt64, units: RangeSet) {
        self.state = state
        self.generation = generation
        self.units = units
    }
}
