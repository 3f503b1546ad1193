/// The name of one run of a box: a 4-byte counter and 64 random bits, ordered as their 12 bytes are.
///
/// Mail numbers and state versions count within an epoch, so that a restored backup or a copied disk
/// can never give one name to two messages.
package struct Epoch: Hashable, Comparable, Sendable, CustomStringConvertible {
    package static let size = 12
    /// All zero: stands for "none" in a hello. No box ever draws it.
    package static let none = Epoch(counter: 0, random: 0)
    /// A claim more than this many epochs above our own is not believed: 1,048,576 starts.
    package static let believableLead: UInt32 = 1 << 20

    package let counter: UInt32
    package let random: UInt64

    package init(counter: UInt32, random: UInt64) {
        self.counter = counter
        self.random = random
    }

    /// The epoch in exactly 12 bytes, or nil.
    package init?(bytes: some Collection<UInt8>) {
        guard bytes.count == Self.size else { return nil }
        counter = bytes.prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
        random = bytes.dropFirst(4).reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// 12 bytes, big endian.
    package var bytes: [UInt8] {
        var writer = ByteWriter(reserving: Self.size)
        writer.uint32(counter)
        writer.uint64(random)
        return writer.bytes
    }

    /// A fresh epoch greater than `above`, from the system's generator.
    package static func drawing(above: Epoch?) -> Epoch {
        var generator = SystemRandomNumberGenerator()
        return drawing(above: above, using: &generator)
    }

    /// A fresh epoch greater than `above`. With the counter used up (4 billion starts, or a claim that
    /// should not have been believed) only the random part grows.
    package static func drawing(above: Epoch?, using generator: inout some RandomNumberGenerator) -> Epoch {
        let floor = above ?? .none
        guard floor.counter < .max else {
            let next =
                floor.random < .max ? UInt64.random(in: floor.random + 1 ... .max, using: &generator) : .max
            return Epoch(counter: .max, random: next)
        }
        return Epoch(counter: floor.counter + 1, random: generator.next())
    }

    /// Whether a peer may be right that we once used this epoch. Without this limit one lying peer could
    /// push a box's counter to its end.
    package func isBelievable(own: Epoch) -> Bool {
        counter <= own.counter || counter - own.counter <= Self.believableLead
    }

    package static func < (left: Epoch, right: Epoch) -> Bool {
        (left.counter, left.random) < (right.counter, right.random)
    }

    package var description: String { "\(counter)-\(String(random, radix: 16))" }
}

extension ByteReader {
    /// 12 bytes.
    package mutating func epoch() throws(ByteError) -> Epoch {
        Epoch(counter: try uint32(), random: try uint64())
    }
}

extension ByteWriter {
    /// 12 bytes.
    package mutating func epoch(_ epoch: Epoch) {
        uint32(epoch.counter)
        uint64(epoch.random)
    }
}
