import Glibc

/// The right to be the only process that works on a box's directory.
///
/// An advisory `flock` on `DIR/lock`: the kernel lets go of it when the process ends, however it
/// ends. Held until the value is destroyed.
package final class BoxLock: Sendable {
    private let descriptor: Int32

    /// Throws `running` at once (exit code 75) when another process, or another `BoxLock` of this
    /// one, holds the directory.
    package init(_ directory: BoxDirectory) throws(BoxDirectoryError) {
        let path = directory.lock
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw .file(FileError("open", path)) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let code = errno
            defer { close(descriptor) }
            guard code == EWOULDBLOCK else { throw .file(FileError("lock", path, code: code)) }
            throw .running(directory: directory.path, pid: Self.holder(descriptor))
        }
        DurableFile.giveToOwner(of: directory.path, descriptor)
        self.descriptor = descriptor
        Self.writeOwnNumber(descriptor)
    }

    deinit { close(descriptor) }

    // The number is for people to read only; the lock itself does not depend on it.
    private static func writeOwnNumber(_ descriptor: Int32) {
        let text = Array("\(getpid())\n".utf8)
        _ = ftruncate(descriptor, 0)
        _ = pwrite(descriptor, text, text.count, 0)
    }

    private static func holder(_ descriptor: Int32) -> Int32? {
        var buffer = [UInt8](repeating: 0, count: 16)
        let count = pread(descriptor, &buffer, buffer.count, 0)
        guard count > 0 else { return nil }
        return Int32(String(decoding: buffer[..<count].prefix { $0 != 0x0A }, as: UTF8.self))
    }
}
