/// Names a file between boxes: BLAKE2b-128 of its address's token. It opens no address, and only the owner
/// gives it out.
package struct BlobID: Hashable, Sendable {
    package static let size = 16

    package let bytes: [UInt8]

    /// Nil unless there are 16 bytes.
    package init?(bytes: [UInt8]) {
        guard bytes.count == Self.size else { return nil }
        self.bytes = bytes
    }

    /// The name of the file whose address has this token.
    package init(token: String) { bytes = Sodium.blake2b(Self.size, Array(token.utf8)) }
}
