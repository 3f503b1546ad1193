/// What a receiver has synced of one origin's mail: a set of numbers for each of the origin's epochs.
///
/// It never takes anything back and may be a part of what is there: what a sender of acknowledgements
/// leaves out is simply not said.
package struct Acknowledgement: Equatable, Sendable {
    package struct Entry: Equatable, Sendable {
        package let epoch: Epoch
        package let numbers: RangeSet

        package init(epoch: Epoch, numbers: RangeSet) {
            self.epoch = epoch
            self.numbers = numbers
        }
    }

    /// The most epochs that a decoder takes.
    package static let maxEntries = 4_096

    /// Changes when the receiver's store is made anew or restored: what was acknowledged may be gone there.
    package let storeID: UInt64
    package let epochs: [Entry]

    package init(storeID: UInt64, epochs: [Entry]) {
        self.storeID = storeID
        self.epochs = epochs
    }

    /// Of exactly these names.
    package init(storeID: UInt64, naming names: [ParcelName]) {
        var numbers: [Epoch: RangeSet] = [:]
        for name in names { numbers[name.epoch, default: RangeSet()].insert(name.number) }
        self.init(storeID: storeID, epochs: numbers.map { Entry(epoch: $0.key, numbers: $0.value) })
    }

    /// Store id 8, count varint, then per epoch: epoch 12 and its ranges.
    package func encode(into writer: inout ByteWriter) {
        writer.uint64(storeID)
        encodeEpochs(into: &writer)
    }

    /// The same without the store id, where that is known.
    func encodeEpochs(into writer: inout ByteWriter) {
        writer.varint(UInt64(epochs.count))
        for entry in epochs {
            writer.epoch(entry.epoch)
            entry.numbers.encode(into: &writer)
        }
    }

    package func encoded() -> [UInt8] {
        var writer = ByteWriter()
        encode(into: &writer)
        return writer.bytes
    }

    package static func decode(from reader: inout ByteReader) throws(ByteError) -> Acknowledgement {
        try decodeEpochs(storeID: try reader.uint64(), from: &reader)
    }

    static func decodeEpochs(
        storeID: UInt64, from reader: inout ByteReader
    ) throws(ByteError) -> Acknowledgement {
        let count = try reader.count(atMost: maxEntries, "epochs in an acknowledgement")
        var epochs: [Entry] = []
        for _ in 0..<count {
            let epoch = try reader.epoch()
            epochs.append(Entry(epoch: epoch, numbers: try .decode(from: &reader)))
        }
        return Acknowledgement(storeID: storeID, epochs: epochs)
    }

    /// The same in pieces of at most `maxBytes` encoded bytes (64 at least), the highest epochs first; always
    /// at least one piece. For a HELLO or an ACK that would not fit into a record.
    package func split(maxBytes: Int) -> [Acknowledgement] {
        let budget = max(maxBytes, 64) - 8 - 2
        var pieces: [Acknowledgement] = []
        var entries: [Entry] = []
        var used = 0
        for entry in epochs.sorted(by: { $0.epoch > $1.epoch }) {
            for part in entry.split(maxBytes: budget) {
                let size = part.encodedSize
                if used + size > budget || entries.count == Self.maxEntries {
                    pieces.append(Acknowledgement(storeID: storeID, epochs: entries))
                    entries = []
                    used = 0
                }
                entries.append(part)
                used += size
            }
        }
        if !entries.isEmpty || pieces.isEmpty {
            pieces.append(Acknowledgement(storeID: storeID, epochs: entries))
        }
        return pieces
    }
}

extension Acknowledgement.Entry {
    fileprivate var encodedSize: Int {
        var writer = ByteWriter()
        numbers.encode(into: &writer)
        return Epoch.size + writer.bytes.count
    }

    /// The newest numbers first, as they are most likely what the other side waits for.
    fileprivate func split(maxBytes: Int) -> [Acknowledgement.Entry] {
        guard encodedSize > maxBytes else { return [self] }
        let middle = numbers.ranges.count / 2
        guard middle > 0 else { return [self] }
        var lower = RangeSet()
        var upper = RangeSet()
        for (index, range) in numbers.ranges.enumerated() {
            if index < middle { lower.insert(range) } else { upper.insert(range) }
        }
        return Self(epoch: epoch, numbers: upper).split(maxBytes: maxBytes)
            + Self(epoch: epoch, numbers: lower).split(maxBytes: maxBytes)
    }
}
