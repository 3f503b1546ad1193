/// A bounds-checked cursor over bytes from outside. Every read throws instead of trapping.
package struct ByteReader: Sendable {
    private let bytes: ArraySlice<UInt8>
    /// Index of the next byte to read, in the storage that the reader was given.
    private var position: Int

    package init(_ bytes: [UInt8]) { self.init(bytes[...]) }

    package init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        position = bytes.startIndex
    }

    /// Bytes not read yet.
    package var remaining: Int { bytes.endIndex - position }
    /// Bytes read so far.
    package var consumed: Int { position - bytes.startIndex }
    package var isAtEnd: Bool { remaining == 0 }

    package mutating func byte() throws(ByteError) -> UInt8 {
        guard remaining > 0 else { throw .truncated }
        defer { position += 1 }
        return bytes[position]
    }

    /// The next `count` bytes.
    package mutating func take(_ count: Int) throws(ByteError) -> [UInt8] { Array(try slice(count)) }

    /// The next `count` bytes without a copy.
    package mutating func slice(_ count: Int) throws(ByteError) -> ArraySlice<UInt8> {
        guard count >= 0, count <= remaining else { throw .truncated }
        defer { position += count }
        return bytes[position..<position + count]
    }

    /// Everything that is left.
    package mutating func rest() -> [UInt8] {
        defer { position = bytes.endIndex }
        return Array(bytes[position...])
    }

    /// 4 bytes, big endian.
    package mutating func uint32() throws(ByteError) -> UInt32 {
        try slice(4).reduce(0) { $0 << 8 | UInt32($1) }
    }

    /// 8 bytes, big endian.
    package mutating func uint64() throws(ByteError) -> UInt64 {
        try slice(8).reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// An unsigned LEB128 of at most 10 bytes and 64 bits, in its shortest form only: one value, one spelling.
    package mutating func varint() throws(ByteError) -> UInt64 {
        var value: UInt64 = 0
        for index in 0..<10 {
            let next = try byte()
            let bits = UInt64(next & 0x7f)
            if index == 9, next > 1 { throw .badVarint }
            value |= bits << UInt64(7 * index)
            if next & 0x80 == 0 {
                if index > 0, next == 0 { throw .badVarint }
                return value
            }
        }
        throw .badVarint
    }

    /// A varint that counts or measures something and must not exceed `limit`.
    package mutating func count(atMost limit: Int, _ name: StaticName) throws(ByteError) -> Int {
        let value = try varint()
        guard let count = Int(exactly: value), count <= limit else { throw .overLimit(name) }
        return count
    }

    /// Bytes preceded by their length as a varint.
    package mutating func lengthPrefixed(atMost limit: Int, _ name: StaticName) throws(ByteError) -> [UInt8] {
        try take(try count(atMost: limit, name))
    }

    /// The format ends here.
    package func expectEnd() throws(ByteError) {
        guard isAtEnd else { throw .trailing }
    }
}
