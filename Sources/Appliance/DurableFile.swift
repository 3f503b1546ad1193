import Glibc
import Storage

/// An operating system's refusal to do something with a file.
package struct FileError: Error, Equatable, CustomStringConvertible {
    /// What was tried, as a verb: "read", "write", "create".
    package let operation: String
    package let path: String
    /// `errno` of the failed call.
    package let code: Int32

    package init(_ operation: String, _ path: String, code: Int32 = errno) {
        self.operation = operation
        self.path = path
        self.code = code
    }

    package var description: String {
        "cannot \(operation) \(path): \(String(cString: strerror(code)))"
    }
}

/// Whole files that are there completely or not at all, also after a power cut.
package enum DurableFile {
    /// Reads a file of at most `limit` bytes. A larger one fails with `EFBIG`.
    package static func read(_ path: String, limit: Int) throws(FileError) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileError("read", path) }
        defer { close(descriptor) }
        return try readAll(descriptor, path: path, limit: limit)
    }

    /// Replaces or makes the file: temporary file, sync, rename, sync of the directory. Nobody ever
    /// sees a half of it.
    package static func replace(
        _ path: String, with bytes: [UInt8], mode: UInt32 = 0o600
    ) throws(FileError) {
        let temporary = path + ".new"
        try writeTemporary(temporary, bytes: bytes, mode: mode)
        guard rename(temporary, path) == 0 else {
            let error = FileError("replace", path)
            unlink(temporary)
            throw error
        }
        try syncDirectory(of: path)
    }

    /// Makes a file that must not exist yet (`EEXIST` otherwise), with the same care.
    package static func create(
        _ path: String, with bytes: [UInt8], mode: UInt32 = 0o600
    ) throws(FileError) {
        let temporary = path + ".new"
        try writeTemporary(temporary, bytes: bytes, mode: mode)
        defer { unlink(temporary) }
        // link() and not rename(): it refuses where something is already.
        guard link(temporary, path) == 0 else { throw FileError("create", path) }
        try syncDirectory(of: path)
    }

    /// The folder that a path lies in.
    package static func directory(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    static func readAll(_ descriptor: Int32, path: String, limit: Int) throws(FileError) -> [UInt8] {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 16_384)
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count == 0 { return bytes }
            if count < 0 {
                if errno == EINTR { continue }
                throw FileError("read", path)
            }
            bytes.append(contentsOf: buffer[..<count])
            guard bytes.count <= limit else { throw FileError("read", path, code: EFBIG) }
        }
    }

    /// What root makes in a box's directory belongs to the directory's owner: otherwise a command
    /// given as root would leave files that the service cannot read.
    static func giveToOwner(of directory: String, _ descriptor: Int32) {
        guard geteuid() == 0, let status = FileStatus(path: directory) else { return }
        _ = fchown(descriptor, status.owner, status.group)
    }

    /// Makes what happened to the names in the folder of `path` durable.
    package static func syncDirectory(of path: String) throws(FileError) {
        let folder = directory(of: path)
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileError("open", folder) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw FileError("sync", folder) }
    }

    private static func writeTemporary(
        _ path: String, bytes: [UInt8], mode: UInt32
    ) throws(FileError) {
        unlink(path)  // left behind by a crash
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode)
        guard descriptor >= 0 else { throw FileError("write", path) }
        defer { close(descriptor) }
        do throws(FileError) {
            giveToOwner(of: directory(of: path), descriptor)
            guard fchmod(descriptor, mode) == 0 else { throw FileError("protect", path) }
            try writeAll(descriptor, bytes: bytes, path: path)
            guard fsync(descriptor) == 0 else { throw FileError("sync", path) }
        } catch {
            unlink(path)
            throw error
        }
    }

    private static func writeAll(
        _ descriptor: Int32, bytes: [UInt8], path: String
    ) throws(FileError) {
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes {
                Glibc.write(descriptor, $0.baseAddress, $0.count)
            }
            if count < 0 {
                if errno == EINTR { continue }
                throw FileError("write", path)
            }
            written += count
        }
    }
}
