internal import Bundles

/// A node's name, configuration and members in the form in which they are kept.
struct NodeSettings: Equatable, Sendable {
    var name: String
    var configuration: NodeConfiguration
    /// Bare JIDs that may read when the access is by list.
    var members: Set<String> = []

    private static let version: UInt8 = 1

    var encoded: [UInt8] {
        var writer = ByteWriter()
        writer.byte(Self.version)
        writer.byte(configuration.access.rawValue)
        writer.byte(configuration.sendLast.rawValue)
        writer.byte(flags)
        writer.varint(UInt64(configuration.maxItems))
        for text in [name, configuration.title, configuration.type] {
            writer.lengthPrefixed(Array(text.utf8))
        }
        writer.varint(UInt64(members.count))
        for member in members.sorted() { writer.lengthPrefixed(Array(member.utf8)) }
        return writer.bytes
    }

    private var flags: UInt8 {
        let bits = [
            configuration.persistItems, configuration.deliverPayloads, configuration.notifyRetract,
            configuration.notifyDelete, configuration.notifyConfig,
        ]
        return bits.enumerated().reduce(0) { $1.element ? $0 | 1 << UInt8($1.offset) : $0 }
    }

    init(name: String, configuration: NodeConfiguration) {
        self.name = name
        self.configuration = configuration
    }

    /// - Throws: `ByteError` when the bytes are not what `encoded` gives.
    init(decoding bytes: [UInt8]) throws(ByteError) {
        var reader = ByteReader(bytes)
        guard try reader.byte() == Self.version,
            let access = NodeConfiguration.Access(rawValue: try reader.byte()),
            let sendLast = NodeConfiguration.SendLast(rawValue: try reader.byte())
        else { throw .trailing }
        configuration = NodeConfiguration()
        configuration.access = access
        configuration.sendLast = sendLast
        let flags = try reader.byte()
        configuration.persistItems = flags & 1 != 0
        configuration.deliverPayloads = flags & 2 != 0
        configuration.notifyRetract = flags & 4 != 0
        configuration.notifyDelete = flags & 8 != 0
        configuration.notifyConfig = flags & 16 != 0
        configuration.maxItems = try reader.count(atMost: PubSubLimits.items, "items")
        name = try Self.text(&reader)
        configuration.title = try Self.text(&reader)
        configuration.type = try Self.text(&reader)
        for _ in 0..<(try reader.count(atMost: PubSubLimits.members, "members")) {
            members.insert(try Self.text(&reader))
        }
        try reader.expectEnd()
    }

    private static func text(_ reader: inout ByteReader) throws(ByteError) -> String {
        String(decoding: try reader.lengthPrefixed(atMost: 4_096, "text"), as: UTF8.self)
    }
}
