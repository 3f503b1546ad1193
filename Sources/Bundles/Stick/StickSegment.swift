/// What is signed at once in a file of bundles: at most 1 MiB, so that a reader with little memory takes
/// nothing that is not verified, and a writer that was interrupted goes on behind the last whole one.
package struct StickSegment: Equatable, Sendable {
    /// Bytes of a segment's body.
    package static let maxBytes = 1 << 20
    /// Bundles of one segment.
    package static let maxBundles = 1_024
    /// Bytes of the writer's own note.
    package static let maxNote = 256

    package enum Kind: UInt8, Sendable {
        case more = 0
        /// Nothing follows. Holds no bundles.
        case end = 1
    }

    package let kind: Kind
    /// Where its writer stands behind it, readable to the writer only. Not looked at by the addressee.
    package let note: [UInt8]
    /// Whole bundles, each with its clear header.
    package let bundles: [[UInt8]]

    package init(kind: Kind = .more, note: [UInt8], bundles: [[UInt8]]) {
        self.kind = kind
        self.note = note
        self.bundles = bundles
    }

    var body: [UInt8] {
        var writer = ByteWriter(reserving: bundles.reduce(64) { $0 + $1.count + 4 })
        writer.byte(kind.rawValue)
        writer.lengthPrefixed(note)
        writer.varint(UInt64(bundles.count))
        for bundle in bundles { writer.lengthPrefixed(bundle) }
        return writer.bytes
    }

    init(body: ArraySlice<UInt8>) throws(ByteError) {
        var reader = ByteReader(body)
        guard let kind = Kind(rawValue: try reader.byte()) else { throw .badValue("kind of segment") }
        self.kind = kind
        note = try reader.lengthPrefixed(atMost: Self.maxNote, "note")
        let count = try reader.count(atMost: Self.maxBundles, "bundles of a segment")
        guard kind == .more || count == 0 else { throw .badValue("bundles behind the end") }
        var bundles: [[UInt8]] = []
        for _ in 0..<count { bundles.append(try reader.lengthPrefixed(atMost: Bundle.maxBytes, "bundle")) }
        try reader.expectEnd()
        self.bundles = bundles
    }
}

/// The hash over everything before a signature, from segment to segment.
struct StickChain: Equatable, Sendable {
    private static let context = Array("dakghar stick 1\n".utf8)

    private(set) var hash: [UInt8]

    init(_ preamble: [UInt8]) { hash = Sodium.blake2b(32, Self.context + preamble) }

    mutating func append(_ body: ArraySlice<UInt8>) { hash = Sodium.blake2b(32, hash + body) }

    /// What the signer signs.
    var message: [UInt8] { Self.context + hash }
}
