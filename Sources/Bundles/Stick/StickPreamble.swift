/// The clear beginning of a file of bundles (docs/architecture.md, "Stick"): 56 bytes.
package struct StickPreamble: Equatable, Sendable {
    package static let size = 56
    /// What every such file begins with, also one of another version.
    package static let magic = Array("dakghar stick\n".utf8)
    package static let version: UInt8 = 1

    /// The box that made the file and signs it.
    package let signer: BoxID
    /// The box that is to import it.
    package let addressee: BoxID
    /// Random, 16 bytes: names the file, also when it is continued after an interruption.
    package let id: [UInt8]
    /// Wall time of its making, ms since 1970.
    package let createdMs: UInt64

    /// A new file.
    package init(signer: BoxID, addressee: BoxID, createdMs: UInt64) {
        self.signer = signer
        self.addressee = addressee
        self.createdMs = createdMs
        id = Sodium.randomBytes(16)
    }

    package var encoded: [UInt8] {
        var writer = ByteWriter(reserving: Self.size)
        writer.append(Self.magic)
        writer.byte(Self.version)
        writer.byte(0)
        writer.append(signer.bytes)
        writer.append(addressee.bytes)
        writer.append(id)
        writer.uint64(createdMs)
        return writer.bytes
    }

    /// Reads exactly `size` bytes.
    package init(_ bytes: [UInt8]) throws(StickError) {
        guard bytes.starts(with: Self.magic) else { throw .notAStick }
        do throws(ByteError) {
            var reader = ByteReader(bytes)
            _ = try reader.slice(Self.magic.count)
            let version = try reader.byte()
            guard version == Self.version else { throw ByteError.badValue("version") }
            guard try reader.byte() == 0 else { throw ByteError.badValue("reserved byte") }
            signer = try reader.boxID()
            addressee = try reader.boxID()
            id = try reader.take(16)
            createdMs = try reader.uint64()
            try reader.expectEnd()
        } catch {
            if error == .badValue("version") { throw .unknownVersion(bytes[Self.magic.count]) }
            throw error == .truncated ? .truncated : .malformed(error)
        }
    }
}
