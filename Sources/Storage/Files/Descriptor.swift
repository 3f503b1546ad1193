internal import Glibc

/// Writes that are complete, and a folder that is on the disk.
enum Descriptor {
    /// Writes all of it: at the descriptor's place, or at `offset`.
    static func write(_ bytes: [UInt8], to descriptor: Int32, at offset: Int? = nil) throws {
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes { rest in
                guard let offset else { return Glibc.write(descriptor, rest.baseAddress, rest.count) }
                return pwrite(descriptor, rest.baseAddress, rest.count, off_t(offset + written))
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw IncomingFile.Failure.disk }
            written += count
        }
    }

    /// The names in the folder of `path` are on the disk when this returns.
    static func syncFolder(of path: String) throws {
        let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw IncomingFile.Failure.disk }
        defer { Glibc.close(descriptor) }
        guard fsync(descriptor) == 0 else { throw IncomingFile.Failure.disk }
    }
}
