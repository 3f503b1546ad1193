/// Parcels as columns: the compact form of a group (docs/architecture.md, "Compact stanzas").
enum ParcelColumns {
    /// Numbers are written as their distance from the parcel before: it is nearly always the same.
    private struct Previous {
        var number: UInt64 = 0
        var acceptedMs: UInt64 = 0
        var version: UInt64 = 0
    }

    static func encode(_ parcels: [Parcel]) -> StanzaColumns {
        var columns = StanzaColumns()
        var stanzas = StanzaEncoder()
        var before = Previous()
        for parcel in parcels { encode(parcel, &columns, &stanzas, &before) }
        return columns
    }

    private static func encode(
        _ parcel: Parcel, _ columns: inout StanzaColumns, _ stanzas: inout StanzaEncoder,
        _ before: inout Previous
    ) {
        switch parcel {
        case .mail(let number, let previous, let acceptedMs, let stanza):
            columns.structure.byte(previous.kind.rawValue)
            columns.structure.distance(from: before.number, to: number)
            switch previous {
            case .none: columns.structure.varint(0)
            // A predecessor always has the lower number; a wrong one is not worth a trap here.
            case .sameEpoch(let earlier): columns.structure.varint(earlier < number ? number - earlier : 0)
            case .other(let epoch, let earlier):
                columns.structure.epoch(epoch)
                columns.structure.varint(earlier)
            }
            columns.numbers.distance(from: before.acceptedMs, to: acceptedMs)
            before.number = number
            before.acceptedMs = acceptedMs
            stanzas.encode(stanza, into: &columns)
        case .state(let key, let version, let value):
            columns.structure.byte(Parcel.Kind.state.rawValue)
            columns.structure.varint(UInt64(key.utf8.count))
            columns.texts.append(key.utf8)
            columns.numbers.distance(from: before.version, to: version)
            before.version = version
            stanzas.encode(value, into: &columns)
        case .live(let stanza):
            columns.structure.byte(Parcel.Kind.live.rawValue)
            stanzas.encode(stanza, into: &columns)
        case .skipped, .acknowledgement, .blob:
            parcel.encode(into: &columns.structure)
        }
    }

    /// - Parameter limit: bytes that all stanzas and values together may become
    /// - Returns: the parcels, and how many bytes their stanzas and values have
    static func decode(
        compressible: ArraySlice<UInt8>, blobs: ArraySlice<UInt8>, limit: Int
    ) throws(ByteError) -> (parcels: [Parcel], bytes: Int) {
        var columns = try StanzaColumnsReader(compressible: compressible, blobs: blobs)
        var stanzas = StanzaDecoder(limit: limit)
        var before = Previous()
        var parcels: [Parcel] = []
        while !columns.structure.isAtEnd {
            parcels.append(try decode(&columns, &stanzas, &before))
        }
        try columns.expectEnd()
        return (parcels, limit - stanzas.budget)
    }

    private static func decode(
        _ columns: inout StanzaColumnsReader, _ stanzas: inout StanzaDecoder, _ before: inout Previous
    ) throws(ByteError) -> Parcel {
        var ahead = columns.structure
        guard let kind = Parcel.Kind(rawValue: try ahead.byte()) else { throw .badValue("parcel kind") }
        switch kind {
        case .skipped, .acknowledgement, .blob: return try Parcel.decode(from: &columns.structure)
        case .mail, .mailAfterOtherEpoch:
            columns.structure = ahead
            let number = try columns.structure.number(after: before.number)
            guard number > 0 else { throw .badValue("parcel number") }
            let previous = try Parcel.decodePrevious(kind, of: number, &columns.structure)
            let acceptedMs = try columns.numbers.number(after: before.acceptedMs)
            before.number = number
            before.acceptedMs = acceptedMs
            return .mail(
                number: number, previous: previous, acceptedMs: acceptedMs,
                stanza: try stanzas.decode(from: &columns))
        case .state:
            columns.structure = ahead
            let keySize = try columns.structure.count(atMost: Parcel.maxKeyBytes, "register key length")
            guard let key = String(validating: try columns.texts.slice(keySize), as: UTF8.self) else {
                throw .badValue("register key")
            }
            let version = try columns.numbers.number(after: before.version)
            before.version = version
            return .state(key: key, version: version, value: try stanzas.decode(from: &columns))
        case .live:
            columns.structure = ahead
            return .live(try stanzas.decode(from: &columns))
        }
    }
}

extension Parcel.Previous {
    fileprivate var kind: Parcel.Kind {
        if case .other = self { .mailAfterOtherEpoch } else { .mail }
    }
}

extension ByteWriter {
    /// The difference as a varint, small ones of either sign in few bytes.
    fileprivate mutating func distance(from before: UInt64, to number: UInt64) {
        let difference = Int64(bitPattern: number &- before)
        varint(UInt64(bitPattern: (difference << 1) ^ (difference >> 63)))
    }
}

extension ByteReader {
    fileprivate mutating func number(after before: UInt64) throws(ByteError) -> UInt64 {
        let folded = try varint()
        let difference = folded >> 1 ^ (0 &- (folded & 1))
        return before &+ difference
    }

    /// The bytes up to the next zero byte, which is taken too.
    mutating func sliceToZero() throws(ByteError) -> ArraySlice<UInt8> {
        var ahead = self
        var count = 0
        while try ahead.byte() != 0 { count += 1 }
        let bytes = try slice(count)
        _ = try byte()
        return bytes
    }
}
