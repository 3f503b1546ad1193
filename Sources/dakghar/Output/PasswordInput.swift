internal import Appliance
internal import Glibc

/// A password from standard input; never from an argument, which every user of the machine can see.
enum PasswordInput {
    /// Bytes that are read at most; the box has its own, lower limit.
    private static let limit = 4_096

    /// The first line of standard input. On a terminal it asks, and does not show what is typed.
    static func readLine() throws(CommandFailure) -> String {
        guard isatty(STDIN_FILENO) == 1 else { return try line() }
        var shown = termios()
        guard tcgetattr(STDIN_FILENO, &shown) == 0 else { return try line() }
        var hidden = shown
        hidden.c_lflag &= ~tcflag_t(ECHO)
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden)
        defer { tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown) }
        Terminal.complain("type the password; it is not shown")
        return try line()
    }

    /// The first line of standard input, shown while it is typed: for what is copied from paper.
    static func readShown(asking question: String) throws(CommandFailure) -> String {
        if isatty(STDIN_FILENO) == 1 { Terminal.complain(question) }
        return String(decoding: rawLine(), as: UTF8.self)
    }

    /// Checks the bytes of a line, with or without its end.
    static func password(_ bytes: [UInt8]) throws(CommandFailure) -> String {
        var bytes = bytes
        if bytes.last == UInt8(ascii: "\n") { bytes.removeLast() }
        if bytes.last == UInt8(ascii: "\r") { bytes.removeLast() }
        guard !bytes.isEmpty else {
            throw CommandFailure(
                "the password is empty: give it as one line on standard input, or leave --password-stdin out "
                    + "and the box makes one", ExitStatus.badInput)
        }
        guard bytes.count <= limit, let text = String(validating: bytes, as: UTF8.self) else {
            throw CommandFailure(
                "the password is no UTF-8 text of at most \(limit) bytes; choose another", ExitStatus.badInput
            )
        }
        return text
    }

    // Byte by byte: what follows the line is not ours to take.
    private static func line() throws(CommandFailure) -> String { try password(rawLine()) }

    private static func rawLine() -> [UInt8] {
        var bytes: [UInt8] = []
        var byte: UInt8 = 0
        while bytes.count <= limit {
            let count = read(STDIN_FILENO, &byte, 1)
            if count < 0, errno == EINTR { continue }
            guard count == 1 else { break }
            bytes.append(byte)
            if byte == UInt8(ascii: "\n") { break }
        }
        return bytes
    }
}
