internal import Glibc

/// Lines of standard input, as they come.
struct DemoInput {
    private var buffer: [UInt8] = []
    private(set) var hasEnded = false

    /// Bytes of a line at most; a longer one is cut in pieces.
    private static let limit = 4_096

    var isTerminal: Bool { isatty(STDIN_FILENO) == 1 && Terminal.isOutputATerminal }

    /// Reads once; call it when there is something to read. Whole lines, the last one also without an end.
    mutating func lines() -> [String] {
        var chunk = [UInt8](repeating: 0, count: Self.limit)
        let count = read(STDIN_FILENO, &chunk, chunk.count)
        if count < 0, errno == EINTR || errno == EAGAIN { return [] }
        if count > 0 { buffer += chunk[..<count] } else { hasEnded = true }
        var lines: [String] = []
        while let end = buffer.firstIndex(of: UInt8(ascii: "\n")) {
            lines.append(String(decoding: buffer[..<end], as: UTF8.self))
            buffer.removeFirst(end + 1)
        }
        if !buffer.isEmpty, hasEnded || buffer.count >= Self.limit {
            lines.append(String(decoding: buffer, as: UTF8.self))
            buffer = []
        }
        return lines
    }
}
