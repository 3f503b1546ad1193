internal import Glibc

/// One blocking connection to `DIR/control.sock`; closed with the last reference.
final class ControlConnection {
    private let descriptor: Int32
    private let place: String

    /// Bytes of an answer at most.
    private static let answerLimit = 64 << 20

    private init(_ descriptor: Int32, _ place: String) {
        self.descriptor = descriptor
        self.place = place
    }

    /// Nil if there is no socket or nobody listens on it. `limit`: seconds for each step.
    static func open(_ directory: BoxDirectory, limit: Int) throws(ControlError) -> ControlConnection? {
        let place = directory.controlSocket
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw failure("open a socket for", place) }
        setLimit(descriptor, seconds: limit)
        if connect(descriptor, directory) == 0 { return ControlConnection(descriptor, place) }
        let code = errno
        close(descriptor)
        switch code {
        case ENOENT, ECONNREFUSED, ENOTDIR: return nil
        case EACCES, EPERM:
            throw ControlError(
                "you may not speak to the box in \(directory.path): run this as its owner or as root",
                exitCode: ExitStatus.notPermitted)
        case EAGAIN, EINTR: throw silence(place)
        default: throw failure("connect to", place, code: code)
        }
    }

    deinit { close(descriptor) }

    /// Sends a line and reads the one that comes back, without its newline.
    func exchange(_ line: [UInt8]) throws(ControlError) -> [UInt8] {
        try send(line)
        var answer: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            if count < 0, errno == EINTR { continue }
            if count < 0, errno == EAGAIN { throw Self.silence(place) }
            guard count >= 0 else { throw Self.failure("read from", place) }
            guard count > 0 else {
                throw ControlError(
                    "the box closed \(place) without an answer; its log says why", exitCode: ExitStatus.failed
                )
            }
            if let end = buffer[..<count].firstIndex(of: UInt8(ascii: "\n")) {
                return answer + buffer[..<end]
            }
            answer += buffer[..<count]
            guard answer.count <= Self.answerLimit else {
                throw ControlError("the answer on \(place) is too long", exitCode: ExitStatus.failed)
            }
        }
    }

    private func send(_ line: [UInt8]) throws(ControlError) {
        var sent = 0
        while sent < line.count {
            let count = line[sent...].withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if count < 0, errno == EINTR { continue }
            if count < 0, errno == EAGAIN { throw Self.silence(place) }
            guard count > 0 else { throw Self.failure("write to", place) }
            sent += count
        }
    }

    private static func setLimit(_ descriptor: Int32, seconds: Int) {
        var limit = timeval(tv_sec: seconds, tv_usec: 0)
        let size = socklen_t(MemoryLayout<timeval>.size)
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] { setsockopt(descriptor, SOL_SOCKET, option, &limit, size) }
    }

    /// 0, or -1 with `errno`.
    private static func connect(_ descriptor: Int32, _ directory: BoxDirectory) -> Int32 {
        var address = sockaddr_un()
        let room = MemoryLayout.size(ofValue: address.sun_path)
        guard directory.controlSocket.utf8.count >= room else {
            return connect(descriptor, &address, path: directory.controlSocket)
        }
        // Longer than an address can be: go through an open directory, whose name is short.
        let folder = Glibc.open(directory.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { return -1 }
        defer { close(folder) }
        return connect(descriptor, &address, path: "/proc/self/fd/\(folder)/control.sock")
    }

    private static func connect(_ descriptor: Int32, _ address: inout sockaddr_un, path: String) -> Int32 {
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        return withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }

    private static func failure(_ verb: String, _ path: String, code: Int32 = errno) -> ControlError {
        ControlError(
            "cannot \(verb) \(path): \(String(cString: strerror(code)))", exitCode: ExitStatus.failed)
    }

    private static func silence(_ path: String) -> ControlError {
        ControlError(
            "the box does not answer on \(path); try again, and look at its log",
            exitCode: ExitStatus.tryAgain)
    }
}
