internal import Glibc
internal import Storage

/// `FILE.part`, which gets its name when it is whole and synced.
final class BackupOutput {
    let path: String
    private let part: String
    private let descriptor: Int32
    private(set) var size = 0
    private var isFinished = false

    /// Refuses a `path` where something is already.
    init(_ path: String) throws(BoxFailure) {
        self.path = path
        part = path + ".part"
        guard FileStatus(path: path) == nil else {
            throw BoxFailure(
                "\(path) is there already: name another file, or move it away.", ExitStatus.badInput)
        }
        descriptor = Glibc.open(part, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw Self.failure("write", part) }
        guard FileStatus(descriptor: descriptor)?.isRegular == true else {
            close(descriptor)
            throw BoxFailure("\(part) is no file: name another one.", ExitStatus.badInput)
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            throw BoxFailure("Another command is writing \(part): wait for it.", ExitStatus.tryAgain)
        }
        // What an interruption has left has a key that nobody knows any more.
        guard ftruncate(descriptor, 0) == 0 else { throw Self.failure("write", part) }
    }

    deinit {
        if !isFinished { unlink(part) }
        close(descriptor)
    }

    func append(_ bytes: [UInt8]) throws(BoxFailure) {
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes {
                Glibc.write(descriptor, $0.baseAddress, $0.count)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw Self.failure("write", part) }
            written += count
        }
        size += bytes.count
    }

    func finish() throws(BoxFailure) {
        guard fsync(descriptor) == 0 else { throw Self.failure("write", part) }
        guard rename(part, path) == 0 else { throw Self.failure("rename", part) }
        isFinished = true
        do { try DurableFile.syncDirectory(of: path) } catch { throw BoxFailure(describing: error) }
    }

    static func failure(_ verb: String, _ path: String, code: Int32 = errno) -> BoxFailure {
        let advice =
            switch code {
            case ENOSPC, EDQUOT, EFBIG: ": make room there, or name another place"
            case EIO, ENXIO, ENODEV, EROFS: ": is the stick still in its place?"
            case EACCES, EPERM: ": run this as the owner of the box or as root"
            default: ""
            }
        return BoxFailure(
            "Cannot \(verb) \(path): \(String(cString: strerror(code)))\(advice).",
            code == EACCES || code == EPERM ? ExitStatus.notPermitted : ExitStatus.failed)
    }
}

/// A backup that is read from its beginning to its end.
final class BackupInput {
    let path: String
    let size: Int
    private let descriptor: Int32
    private(set) var position = 0

    init(_ path: String) throws(BoxFailure) {
        self.path = path
        descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            let failure = BackupOutput.failure("read", path)
            throw BoxFailure(
                failure.description,
                failure.exitCode == ExitStatus.failed ? ExitStatus.badInput : failure.exitCode)
        }
        guard let status = FileStatus(descriptor: descriptor), status.isRegular else {
            close(descriptor)
            throw BoxFailure("\(path) is no file.", ExitStatus.badInput)
        }
        size = status.size
    }

    deinit { close(descriptor) }

    /// Fewer than `count` bytes at the end only.
    func read(_ count: Int) throws(BoxFailure) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var filled = 0
        while filled < count {
            let got = bytes.withUnsafeMutableBytes { buffer in
                Glibc.read(descriptor, buffer.baseAddress.map { $0 + filled }, count - filled)
            }
            if got < 0, errno == EINTR { continue }
            guard got >= 0 else { throw BackupOutput.failure("read", path) }
            if got == 0 { break }
            filled += got
        }
        position += filled
        return Array(bytes.prefix(filled))
    }
}
