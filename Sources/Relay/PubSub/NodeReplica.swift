internal import Bundles

/// A node, or a part of it, as another office keeps it: settings that matter there, and items.
struct NodeReplica: Equatable {
    struct Item: Equatable {
        /// Grows with each publication on that node.
        let sequence: UInt64
        let name: String
        let payload: [UInt8]
    }

    var access = NodeConfiguration.Access.open
    /// Some items were too large to be left with others.
    var isIncomplete = false
    /// The items are in `ReplicaKey.parts` registers.
    var isDivided = false
    var deliversPayloads = true
    var sendsLast = true
    var notifiesRetract = true
    var notifiesDelete = true
    /// Whom of the office that keeps it the owner has blocked, as in a block list.
    var hidden: [String] = []
    /// Oldest first.
    var items: [Item] = []

    /// Bytes of the items in one register.
    static let partBytes = 40 << 10
    private static let version: UInt8 = 2
    /// The list of the hidden, bytes; with a longer one the node is not left there.
    static let hiddenBytes = 4 << 10

    var encoded: [UInt8] {
        var writer = ByteWriter()
        writer.byte(Self.version)
        writer.byte(access.rawValue)
        let flags = [isIncomplete, isDivided, deliversPayloads, sendsLast, notifiesRetract, notifiesDelete]
        writer.byte(flags.enumerated().reduce(0) { $1.element ? $0 | 1 << UInt8($1.offset) : $0 })
        writer.varint(UInt64(hidden.count))
        for entry in hidden { writer.lengthPrefixed(Array(entry.utf8)) }
        writer.varint(UInt64(items.count))
        for item in items {
            writer.varint(item.sequence)
            writer.lengthPrefixed(Array(item.name.utf8))
            writer.lengthPrefixed(item.payload)
        }
        return writer.bytes
    }

    init() {}

    /// - Throws: `ByteError` when the bytes are not what `encoded` gives.
    init(decoding bytes: [UInt8]) throws(ByteError) {
        var reader = ByteReader(bytes)
        guard try reader.byte() == Self.version,
            let access = NodeConfiguration.Access(rawValue: try reader.byte())
        else { throw .trailing }
        self.access = access
        let flags = try reader.byte()
        isIncomplete = flags & 1 != 0
        isDivided = flags & 2 != 0
        deliversPayloads = flags & 4 != 0
        sendsLast = flags & 8 != 0
        notifiesRetract = flags & 16 != 0
        notifiesDelete = flags & 32 != 0
        for _ in 0..<(try reader.count(atMost: BlockList.limit, "blocked")) {
            let entry = try reader.lengthPrefixed(atMost: Self.hiddenBytes, "blocked")
            hidden.append(String(decoding: entry, as: UTF8.self))
        }
        for _ in 0..<(try reader.count(atMost: PubSubLimits.items, "items")) {
            let sequence = try reader.varint()
            let name = try reader.lengthPrefixed(atMost: PubSubLimits.nameBytes, "item id")
            let payload = try reader.lengthPrefixed(atMost: Self.partBytes, "payload")
            items.append(
                Item(sequence: sequence, name: String(decoding: name, as: UTF8.self), payload: payload))
        }
        try reader.expectEnd()
    }

    /// The part into which an item falls in a large node; stays the same while items come and go.
    static func part(of item: String) -> Int {
        Int(Sodium.blake2b(16, Array(item.utf8)).first ?? 0) % ReplicaKey.parts
    }

    private static func size(_ items: [Item]) -> Int {
        items.reduce(0) { $0 + $1.payload.count + $1.name.utf8.count + 16 }
    }

    /// The registers for a whole node, by part; an empty value is a register to be emptied.
    func registers() -> [(part: Int, value: [UInt8])] {
        var whole = self
        whole.items = items.filter { Self.size([$0]) <= Self.partBytes }
        whole.isIncomplete = whole.items.count < items.count
        guard Self.size(whole.items) > Self.partBytes else {
            return [(0, whole.encoded)] + (1..<ReplicaKey.parts).map { ($0, []) }
        }
        // The first one goes last: only with it are the others looked at.
        return (0..<ReplicaKey.parts).reversed().map { part in
            var piece = whole
            piece.isDivided = true
            piece.items = whole.items.filter { Self.part(of: $0.name) == part }
            while Self.size(piece.items) > Self.partBytes, !piece.items.isEmpty {
                piece.items.removeFirst()
                piece.isIncomplete = true
            }
            return (part, piece.encoded)
        }
    }
}
