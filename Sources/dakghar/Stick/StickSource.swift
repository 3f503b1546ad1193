internal import Appliance
internal import Glibc
internal import Storage

/// A file of bundles that is read.
final class StickSource {
    let path: String
    private let descriptor: Int32
    /// Bytes in it when it was opened.
    let size: Int

    init(_ path: String) throws(CommandFailure) {
        self.path = path
        descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            let failure = StickPart.failure("read", path)
            throw CommandFailure(
                failure.description,
                failure.exitCode == ExitStatus.failed ? ExitStatus.badInput : failure.exitCode)
        }
        guard let status = FileStatus(descriptor: descriptor), status.isRegular else {
            throw CommandFailure("\(path) is no file", ExitStatus.badInput)
        }
        size = status.size
    }

    deinit { close(descriptor) }

    /// Fewer bytes at the end.
    func read(at offset: Int, count: Int) throws(CommandFailure) -> [UInt8] {
        try Self.read(descriptor, path, at: offset, count: count)
    }

    static func read(
        _ descriptor: Int32, _ path: String, at offset: Int, count: Int
    ) throws(CommandFailure) -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: count)
        while true {
            let got = pread(descriptor, &buffer, count, off_t(offset))
            if got < 0, errno == EINTR { continue }
            guard got >= 0 else { throw StickPart.failure("read", path) }
            return Array(buffer[..<got])
        }
    }
}
