/// Names a box in headers: the first 8 bytes of BLAKE2b-256 of its identity public key.
package struct BoxID: Hashable, Sendable, CustomStringConvertible {
    package static let size = 8

    private let value: UInt64

    /// From exactly 8 bytes, or nil.
    package init?(bytes: some Collection<UInt8>) {
        guard bytes.count == Self.size else { return nil }
        value = bytes.reduce(0) { $0 << 8 | UInt64($1) }
    }

    package init(identityKey: [UInt8]) {
        value = Sodium.blake2b(32, identityKey).prefix(Self.size).reduce(0) { $0 << 8 | UInt64($1) }
    }

    init(value: UInt64) { self.value = value }

    /// 8 bytes.
    package var bytes: [UInt8] { withUnsafeBytes(of: value.bigEndian) { Array($0) } }

    /// 16 hexadecimal digits.
    package var description: String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}

extension ByteReader {
    /// 8 bytes.
    package mutating func boxID() throws(ByteError) -> BoxID { BoxID(value: try uint64()) }
}
