import Glibc
import Storage

/// Secret keys in files that only their owner can read.
package enum KeyFile {
    /// No key or PEM file of a box is larger, bytes.
    static let sizeLimit = 65_536

    /// Reads a secret after checking that it is a regular file, owned by this user or root, and
    /// closed to everybody else.
    ///
    /// Throws `exposedKey` when group or others have any right to it.
    package static func read(_ path: String) throws(BoxDirectoryError) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { throw .file(FileError("read", path)) }
        defer { close(descriptor) }
        // The opened file is checked, not its name: nobody can exchange it in between.
        guard let status = FileStatus(descriptor: descriptor) else { throw .file(FileError("read", path)) }
        guard status.isRegular else {
            throw .badKey(path: path, reason: "not a regular file")
        }
        guard status.mode & 0o077 == 0 else {
            throw .exposedKey(path: path, mode: status.mode)
        }
        guard geteuid() == 0 || status.owner == geteuid() || status.owner == 0 else {
            throw .badKey(path: path, reason: "it belongs to another user")
        }
        do {
            return try DurableFile.readAll(descriptor, path: path, limit: sizeLimit)
        } catch { throw .file(error) }
    }

    /// Reads a secret of exactly `size` bytes.
    package static func read(_ path: String, size: Int) throws(BoxDirectoryError) -> [UInt8] {
        let bytes = try read(path)
        guard bytes.count == size else {
            throw .badKey(path: path, reason: "it has \(bytes.count) bytes instead of \(size)")
        }
        return bytes
    }

    /// Writes a new secret, mode 0400, durably. An existing one is never overwritten.
    package static func create(_ path: String, _ bytes: [UInt8]) throws(BoxDirectoryError) {
        do { try DurableFile.create(path, with: bytes, mode: 0o400) } catch { throw .file(error) }
    }
}

/// The key that payloads are encrypted with at rest: 32 random bytes.
package enum DataKey {
    /// Bytes of a data key.
    package static let size = 32
    /// The name of the systemd credential that holds it (`LoadCredential=`).
    package static let credential = "dakghar.data-key"

    /// The systemd credential where there is one, else `keys/data.key`.
    package static func load(
        _ directory: BoxDirectory, environment: [String: String]
    ) throws(BoxDirectoryError) -> [UInt8] {
        guard let path = credentialPath(environment) else {
            return try KeyFile.read(directory.key("data"), size: size)
        }
        // No check of the mode: systemd guards its credentials by an access list, whose mask looks
        // like rights of a group, and by a mount that only the service sees.
        let bytes: [UInt8]
        do { bytes = try DurableFile.read(path, limit: size + 1) } catch { throw .file(error) }
        guard bytes.count == size else {
            throw .badKey(path: path, reason: "the credential must be exactly \(size) bytes")
        }
        return bytes
    }

    /// Draws a new key into `keys/data.key`, unless a systemd credential takes its place.
    package static func create(
        _ directory: BoxDirectory, environment: [String: String]
    ) throws(BoxDirectoryError) {
        guard credentialPath(environment) == nil else { return }
        var random = SystemRandomNumberGenerator()
        let bytes = (0..<size).map { _ in UInt8.random(in: .min ... .max, using: &random) }
        try KeyFile.create(directory.key("data"), bytes)
    }

    private static func credentialPath(_ environment: [String: String]) -> String? {
        guard let folder = environment["CREDENTIALS_DIRECTORY"], !folder.isEmpty else { return nil }
        let path = folder + "/" + credential
        return access(path, F_OK) == 0 ? path : nil
    }
}
