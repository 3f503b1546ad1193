internal import Appliance
internal import Glibc

/// Standard output and error of this process.
enum Terminal {
    static var isOutputATerminal: Bool { isatty(STDOUT_FILENO) == 1 }

    /// One or more lines on standard output. Ends the process if nobody reads them any more.
    static func write(_ text: String) {
        writePart(text.hasSuffix("\n") ? text : text + "\n")
    }

    /// Standard output without a newline at the end, for prompts.
    static func writePart(_ text: String) {
        guard !put(text, STDOUT_FILENO) else { return }
        let code = errno
        // A reader that has seen enough is no mistake worth a word.
        if code != EPIPE { complain("cannot write to standard output: \(String(cString: strerror(code)))") }
        exit(ExitStatus.failed)
    }

    /// Standard error as it is, for a line that is drawn again and again.
    static func draw(_ text: String) { _ = put(text, STDERR_FILENO) }

    /// "dakghar: TEXT" on standard error.
    static func complain(_ text: String) {
        _ = put("dakghar: " + text + (text.hasSuffix("\n") ? "" : "\n"), STDERR_FILENO)
    }

    private static func put(_ text: String, _ descriptor: Int32) -> Bool {
        let bytes = Array(text.utf8)
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes {
                Glibc.write(descriptor, $0.baseAddress, $0.count)
            }
            if count < 0, errno == EINTR { continue }
            if count < 0, errno == EAGAIN {
                usleep(10_000)
                continue
            }
            guard count > 0 else { return false }
            written += count
        }
        return true
    }
}
