/// A parcel's bytes: kind 1 byte, then its body (docs/architecture.md, "Bundle").
extension Parcel {
    /// The longest stanza or value, in bytes: more than any bundle holds even when compressed to nothing.
    package static let maxContentBytes = BundleCompressor.maxGroupBytes
    /// The longest key of a register, in bytes.
    package static let maxKeyBytes = 4_096
    /// The most names in one skipped parcel.
    package static let maxSkippedNames = 65_536

    enum Kind: UInt8 {
        case mail = 1, mailAfterOtherEpoch, skipped, state, live, acknowledgement
        case blob = 16
    }

    package func encode(into writer: inout ByteWriter) {
        switch self {
        case .mail(let number, let previous, let acceptedMs, let stanza):
            Self.encodeHead(number, previous, into: &writer)
            writer.varint(acceptedMs)
            writer.lengthPrefixed(stanza)
        case .skipped(let number, let names):
            writer.byte(Kind.skipped.rawValue)
            writer.varint(number)
            writer.varint(UInt64(names.count))
            for name in names {
                writer.epoch(name.epoch)
                writer.varint(name.number)
            }
        case .state(let key, let version, let value):
            writer.byte(Kind.state.rawValue)
            writer.lengthPrefixed(Array(key.utf8))
            writer.varint(version)
            writer.lengthPrefixed(value)
        case .live(let stanza):
            writer.byte(Kind.live.rawValue)
            writer.lengthPrefixed(stanza)
        case .acknowledgement(let acknowledgement):
            writer.byte(Kind.acknowledgement.rawValue)
            acknowledgement.encode(into: &writer)
        case .blob(let blob):
            writer.byte(Kind.blob.rawValue)
            blob.encode(into: &writer)
        }
    }

    /// Kind, number and predecessor of a mail parcel.
    private static func encodeHead(_ number: UInt64, _ previous: Previous, into writer: inout ByteWriter) {
        switch previous {
        case .none:
            writer.byte(Kind.mail.rawValue)
            writer.varint(number)
            writer.varint(0)
        case .sameEpoch(let earlier):
            writer.byte(Kind.mail.rawValue)
            writer.varint(number)
            // A predecessor always has the lower number; a wrong one is not worth a trap here.
            writer.varint(earlier < number ? number - earlier : 0)
        case .other(let epoch, let earlier):
            writer.byte(Kind.mailAfterOtherEpoch.rawValue)
            writer.varint(number)
            writer.epoch(epoch)
            writer.varint(earlier)
        }
    }

    /// How many bytes `encode` writes.
    package var encodedSize: Int {
        var writer = ByteWriter()
        encode(into: &writer)
        return writer.bytes.count
    }

    package static func decode(from reader: inout ByteReader) throws(ByteError) -> Parcel {
        guard let kind = Kind(rawValue: try reader.byte()) else { throw .badValue("parcel kind") }
        switch kind {
        case .mail, .mailAfterOtherEpoch:
            let number = try parcelNumber(&reader)
            let previous = try decodePrevious(kind, of: number, &reader)
            let acceptedMs = try reader.varint()
            let stanza = try reader.lengthPrefixed(atMost: maxContentBytes, "stanza length")
            return .mail(number: number, previous: previous, acceptedMs: acceptedMs, stanza: stanza)
        case .skipped:
            return try decodeSkipped(&reader)
        case .state:
            let keyBytes = try reader.lengthPrefixed(atMost: maxKeyBytes, "register key length")
            guard let key = String(validating: keyBytes, as: UTF8.self) else {
                throw .badValue("register key")
            }
            let version = try reader.varint()
            return .state(
                key: key, version: version,
                value: try reader.lengthPrefixed(atMost: maxContentBytes, "value length"))
        case .live:
            return .live(try reader.lengthPrefixed(atMost: maxContentBytes, "stanza length"))
        case .acknowledgement:
            return .acknowledgement(try .decode(from: &reader))
        case .blob: return .blob(try .decode(from: &reader))
        }
    }

    static func decodePrevious(
        _ kind: Kind, of number: UInt64, _ reader: inout ByteReader
    ) throws(ByteError) -> Previous {
        guard kind == .mail else {
            let epoch = try reader.epoch()
            return .other(epoch, try parcelNumber(&reader))
        }
        let distance = try reader.varint()
        guard distance < number else { throw .badValue("previous parcel") }
        return distance == 0 ? .none : .sameEpoch(number - distance)
    }

    private static func decodeSkipped(_ reader: inout ByteReader) throws(ByteError) -> Parcel {
        let number = try parcelNumber(&reader)
        let count = try reader.count(atMost: maxSkippedNames, "skipped names")
        guard count <= reader.remaining / (Epoch.size + 1) else { throw .truncated }
        var names: [ParcelName] = []
        for _ in 0..<count {
            let epoch = try reader.epoch()
            names.append(ParcelName(epoch: epoch, number: try parcelNumber(&reader)))
        }
        return .skipped(number: number, names)
    }

    /// Numbers count from 1.
    private static func parcelNumber(_ reader: inout ByteReader) throws(ByteError) -> UInt64 {
        let number = try reader.varint()
        guard number > 0 else { throw .badValue("parcel number") }
        return number
    }
}
