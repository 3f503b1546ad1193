package import Bundles

/// The head of an update file, which its signature covers; the executable follows.
///
/// `"dakghar update\n"`, version 1 (1), length of the fields (2, big endian), fields, Ed25519 signature 64
/// over `"dakghar update 1\n"` ‖ everything before it.
package struct UpdateHead: Sendable, Equatable {
    package let version: ProgramVersion
    /// One of `ProgramArchitecture.known`.
    package let architecture: String
    /// Of the executable, bytes.
    package let size: Int
    /// BLAKE2b-256 of the executable.
    package let digest: [UInt8]

    static let magic = Array("dakghar update\n".utf8)
    private static let context = Array("dakghar update 1\n".utf8)
    private static let formatVersion: UInt8 = 1
    /// Bytes of the fields at most.
    static let fieldsLimit = 1_024
    /// Bytes before the fields.
    static let startBytes = magic.count + 3
    /// Bytes of an executable at most.
    package static let sizeLimit = 512 << 20

    package init(version: ProgramVersion, architecture: String, size: Int, digest: [UInt8]) {
        self.version = version
        self.architecture = architecture
        self.size = size
        self.digest = digest
    }

    /// Everything before the executable.
    package func signed(by key: SigningKey) -> [UInt8] {
        var fields = ByteWriter()
        fields.lengthPrefixed(Array(version.description.utf8))
        fields.lengthPrefixed(Array(architecture.utf8))
        fields.uint64(UInt64(clamping: size))
        fields.append(digest)
        let count = fields.bytes.count
        let head =
            Self.magic + [Self.formatVersion, UInt8(count >> 8), UInt8(count & 0xFF)] + fields.bytes
        return head + key.sign(Self.context + head)
    }

    /// How many bytes follow the first `startBytes`, before the executable.
    static func rest(after start: [UInt8], _ file: String) throws(BoxFailure) -> Int {
        guard start.count == startBytes, start.starts(with: magic) else {
            throw BoxFailure("\(file) is no update of this program.", ExitStatus.badInput)
        }
        guard start[magic.count] == formatVersion else {
            throw BoxFailure(
                "\(file) was made for newer programs: take an update between this version and that one first.",
                ExitStatus.badInput)
        }
        let count = Int(start[magic.count + 1]) << 8 | Int(start[magic.count + 2])
        guard count <= fieldsLimit else { throw damaged(file) }
        return count + SigningKey.signatureSize
    }

    /// Checks the signature first: nothing unsigned is looked at.
    init(verifying start: [UInt8], _ rest: [UInt8], keys: [[UInt8]], file: String) throws(BoxFailure) {
        guard rest.count > SigningKey.signatureSize else { throw Self.damaged(file) }
        let fields = Array(rest.dropLast(SigningKey.signatureSize))
        let signature = Array(rest.suffix(SigningKey.signatureSize))
        let message = Self.context + start + fields
        guard keys.contains(where: { SigningKey.verify(signature, of: message, by: $0) }) else {
            throw BoxFailure(
                "\(file) is not signed by a key of [updates] in the configuration, or it was altered: do not use it; get it again from the maker.",
                ExitStatus.notPermitted)
        }
        do {
            var reader = ByteReader(fields)
            let text = String(decoding: try reader.lengthPrefixed(atMost: 32, "version"), as: UTF8.self)
            architecture = String(
                decoding: try reader.lengthPrefixed(atMost: 32, "architecture"), as: UTF8.self)
            guard let size = Int(exactly: try reader.uint64()), size <= Self.sizeLimit,
                let version = ProgramVersion(text)
            else { throw ByteError.badValue("update") }
            (self.size, self.version) = (size, version)
            digest = try reader.take(32)
            try reader.expectEnd()
        } catch {
            throw Self.damaged(file)
        }
    }

    static func damaged(_ file: String) -> BoxFailure {
        BoxFailure("\(file) is cut or damaged: copy it again from where it came from.", ExitStatus.badInput)
    }
}
