/// What two boxes say to each other inside the records of a link: type 1 byte, length varint, body.
package enum LinkFrame: Equatable, Sendable {
    case hello(Hello)
    case fragment(Fragment)
    /// Bundles that are synced here and need not be repeated.
    case taken([UInt64])
    /// Mail of the receiver's that the sender, its destination, has synced.
    case ack(Acknowledgement)
    case ping(UInt64)
    case pong(UInt64)
    case refused(number: UInt64, reason: RefusalReason, text: String)
    /// The sender's wall clock, milliseconds since 1970, and whether it is sure of it.
    case clock(wallMs: UInt64, isSure: Bool)

    /// The most bundle numbers in one TAKEN.
    package static let maxTaken = LinkFormat.maxRecordBytes
    /// The longest text of a REFUSED, in bytes; longer ones are cut when written.
    package static let maxTextBytes = 1_024

    private enum Kind: UInt8 {
        case hello = 1, fragment, taken, ack, ping, pong, refused
        case clock = 15
    }

    /// The whole frame with type and length.
    package func encode() -> [UInt8] {
        var body = ByteWriter()
        let kind: Kind
        switch self {
        case .hello(let hello):
            kind = .hello
            hello.encode(into: &body)
        case .fragment(let fragment):
            kind = .fragment
            fragment.encode(into: &body)
        case .taken(let numbers):
            kind = .taken
            Self.encodeTaken(numbers, into: &body)
        case .ack(let acknowledgement):
            kind = .ack
            acknowledgement.encode(into: &body)
        case .ping(let token):
            kind = .ping
            body.uint64(token)
        case .pong(let token):
            kind = .pong
            body.uint64(token)
        case .refused(let number, let reason, let text):
            kind = .refused
            body.varint(number)
            body.byte(reason.rawValue)
            body.append(text.utf8.prefix(Self.maxTextBytes))
        case .clock(let wallMs, let isSure):
            kind = .clock
            body.varint(wallMs)
            body.byte(isSure ? 1 : 0)
        }
        var frame = ByteWriter(reserving: body.bytes.count + 4)
        frame.byte(kind.rawValue)
        frame.lengthPrefixed(body.bytes)
        return frame.bytes
    }

    /// All frames of one record's plaintext. Types that this version does not know are skipped; anything
    /// malformed throws, and the link is to be closed.
    package static func decodeAll(_ record: [UInt8]) throws(ByteError) -> [LinkFrame] {
        guard record.count <= LinkFormat.maxRecordBytes else { throw .overLimit("record") }
        var reader = ByteReader(record)
        var frames: [LinkFrame] = []
        while !reader.isAtEnd {
            let type = try reader.byte()
            let length = try reader.count(atMost: LinkFormat.maxRecordBytes, "frame length")
            let body = try reader.slice(length)
            if let kind = Kind(rawValue: type) { frames.append(try decode(kind, body)) }
        }
        return frames
    }

    private static func decode(_ kind: Kind, _ body: ArraySlice<UInt8>) throws(ByteError) -> LinkFrame {
        var reader = ByteReader(body)
        let frame: LinkFrame
        switch kind {
        case .hello: frame = .hello(try .decode(from: &reader))
        case .fragment: frame = .fragment(try .decode(from: &reader))
        case .taken: frame = .taken(try decodeTaken(&reader))
        case .ack: frame = .ack(try .decode(from: &reader))
        case .ping: frame = .ping(try reader.uint64())
        case .pong: frame = .pong(try reader.uint64())
        case .refused: frame = try decodeRefused(&reader)
        case .clock: frame = .clock(wallMs: try reader.varint(), isSure: try reader.byte() & 1 != 0)
        }
        try reader.expectEnd()
        return frame
    }

    /// Count, then each number's distance from the one before it, ascending.
    private static func encodeTaken(_ numbers: [UInt64], into writer: inout ByteWriter) {
        let ascending = Set(numbers).sorted()
        writer.varint(UInt64(ascending.count))
        var previous: UInt64 = 0
        for number in ascending {
            writer.varint(number - previous)
            previous = number
        }
    }

    private static func decodeTaken(_ reader: inout ByteReader) throws(ByteError) -> [UInt64] {
        let count = try reader.count(atMost: maxTaken, "taken count")
        guard count <= reader.remaining else { throw .truncated }
        var numbers: [UInt64] = []
        var previous: UInt64 = 0
        for _ in 0..<count {
            let (number, overflow) = previous.addingReportingOverflow(try reader.varint())
            guard !overflow, number > previous else { throw .badValue("taken number") }
            numbers.append(number)
            previous = number
        }
        return numbers
    }

    private static func decodeRefused(_ reader: inout ByteReader) throws(ByteError) -> LinkFrame {
        let number = try reader.varint()
        let reason = RefusalReason(rawValue: try reader.byte())
        guard reader.remaining <= maxTextBytes else { throw .overLimit("refusal text") }
        // Only ever shown to a person: bytes that are not UTF-8 become the replacement character.
        return .refused(number: number, reason: reason, text: String(decoding: reader.rest(), as: UTF8.self))
    }
}
