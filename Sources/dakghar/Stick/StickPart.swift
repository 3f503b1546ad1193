internal import Appliance
internal import Glibc
internal import Storage

/// `FILE.part`: a file that grows piece by piece, each of them synced, and gets its name when it is whole.
final class StickPart {
    /// What every file of bundles begins with; a file that does not is not overwritten.
    static let magic = Array("dakghar stick\n".utf8)

    let path: String
    let partPath: String
    private let descriptor: Int32
    /// Bytes that are in it.
    private(set) var size: Int

    init(_ path: String) throws(CommandFailure) {
        self.path = path
        partPath = path + ".part"
        try Self.checkTarget(path)
        descriptor = Glibc.open(partPath, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw Self.failure("write", partPath) }
        guard let status = FileStatus(descriptor: descriptor), status.isRegular else {
            throw CommandFailure("\(partPath) is no file; name another one", ExitStatus.badInput)
        }
        size = status.size
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            throw CommandFailure(
                "another command is writing \(partPath); wait for it, or name another file",
                ExitStatus.tryAgain)
        }
    }

    deinit { close(descriptor) }

    /// An older export is replaced, anything else is left alone.
    private static func checkTarget(_ path: String) throws(CommandFailure) {
        guard let status = FileStatus(path: path) else { return }
        guard status.isRegular else {
            throw CommandFailure("\(path) is a folder or a device: name a file", ExitStatus.badInput)
        }
        let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("read", path) }
        defer { close(descriptor) }
        var start = [UInt8](repeating: 0, count: magic.count)
        let count = pread(descriptor, &start, start.count, 0)
        guard count == 0 || count == magic.count && start == magic else {
            throw CommandFailure(
                "\(path) is there and is no export; move it away, or name another file", ExitStatus.badInput)
        }
    }

    /// Bytes of what is there already; fewer at its end.
    func read(at offset: Int, count: Int) throws(CommandFailure) -> [UInt8] {
        try StickSource.read(descriptor, partPath, at: offset, count: count)
    }

    /// Keeps the first bytes only.
    func truncate(to bytes: Int) throws(CommandFailure) {
        guard ftruncate(descriptor, off_t(bytes)) == 0 else { throw Self.failure("shorten", partPath) }
        size = bytes
    }

    /// Appends and syncs: what an interruption leaves is whole up to here.
    func append(_ bytes: [UInt8]) throws(CommandFailure) {
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes {
                pwrite(descriptor, $0.baseAddress, $0.count, off_t(size + written))
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw Self.failure("write", partPath) }
            written += count
        }
        guard fsync(descriptor) == 0 else { throw Self.failure("write", partPath) }
        size += bytes.count
    }

    /// The file gets its name.
    func finish() throws(CommandFailure) {
        guard fsync(descriptor) == 0 else { throw Self.failure("write", partPath) }
        guard rename(partPath, path) == 0 else { throw Self.failure("rename", partPath) }
        do { try DurableFile.syncDirectory(of: path) } catch { throw CommandFailure(error.description) }
    }

    func discard() { unlink(partPath) }

    static func failure(_ verb: String, _ path: String, code: Int32 = errno) -> CommandFailure {
        let advice =
            switch code {
            case ENOSPC, EDQUOT, EFBIG:
                "; make room there and run the command again, it goes on where it stopped"
            case EIO, ENXIO, ENODEV, EROFS:
                "; is the stick still in its place? Run the command again, it goes on where it stopped"
            case EACCES, EPERM: "; run this as a user who may"
            default: ""
            }
        return CommandFailure(
            "cannot \(verb) \(path): \(String(cString: strerror(code)))\(advice)",
            code == EACCES || code == EPERM ? ExitStatus.notPermitted : ExitStatus.failed)
    }
}
