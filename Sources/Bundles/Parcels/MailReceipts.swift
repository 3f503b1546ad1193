/// What can be said of a numbered parcel of mail beyond that it was received.
package enum MailRangeKind: Int64, Sendable, CaseIterable {
    /// A client has it, or it has done what it was for.
    case delivered = 1
    /// Its origin has given it up.
    case skipped = 2
    /// It came although its origin had given it up.
    case late = 3
    /// It was not taken: it is no mail of its origin's, or cannot be read.
    case refused = 4
}

/// What a box tells another of that one's mail, by its numbers, in the register `receipts`: what its
/// people have, what came although it had been given up, what was not taken. Takes nothing back, and may
/// be a part of what is so.
package struct MailReceipts: Sendable, Equatable {
    package typealias Numbers = [Epoch: RangeSet]

    package var delivered: Numbers
    package var late: Numbers
    package var refused: Numbers

    package init(delivered: Numbers = [:], late: Numbers = [:], refused: Numbers = [:]) {
        self.delivered = delivered
        self.late = late
        self.refused = refused
    }

    /// Epochs of each kind.
    package static let maxEpochs = 256
    /// Separate ranges of one epoch and kind that are told; the highest numbers are.
    package static let maxRanges = 256

    /// For each of the three: epoch count varint, then per epoch its 12 bytes and its ranges.
    /// - Parameter maxBytes: what does not fit is left out, the lowest epochs first.
    package func encoded(maxBytes: Int) -> [UInt8] {
        var parts: [[[UInt8]]] = []
        var room = maxBytes - 6
        for numbers in [refused, late, delivered] {
            var entries: [[UInt8]] = []
            for (epoch, ranges) in numbers.sorted(by: { $0.key > $1.key }).prefix(Self.maxEpochs) {
                var writer = ByteWriter()
                writer.epoch(epoch)
                RangeSet.encode(ranges.ranges.suffix(Self.maxRanges), into: &writer)
                guard writer.bytes.count <= room else { break }
                room -= writer.bytes.count
                entries.append(writer.bytes)
            }
            parts.append(entries)
        }
        var writer = ByteWriter()
        for entries in parts.reversed() {
            writer.varint(UInt64(entries.count))
            for entry in entries { writer.append(entry) }
        }
        return writer.bytes
    }

    /// - Throws: `ByteError` when the bytes are no such list.
    package init(decoding bytes: [UInt8]) throws(ByteError) {
        var reader = ByteReader(bytes)
        delivered = try Self.numbers(&reader)
        late = try Self.numbers(&reader)
        refused = try Self.numbers(&reader)
        try reader.expectEnd()
    }

    private static func numbers(_ reader: inout ByteReader) throws(ByteError) -> Numbers {
        let count = try reader.count(atMost: maxEpochs, "epochs in receipts")
        var numbers: Numbers = [:]
        for _ in 0..<count {
            let epoch = try reader.epoch()
            let ranges = try RangeSet.decode(from: &reader)
            numbers[epoch, default: RangeSet()].formUnion(ranges)
        }
        return numbers
    }
}
