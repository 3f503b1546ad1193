import CSystemd
import Glibc
import Storage

/// One line per event, to the journal where there is one, else to standard error.
///
/// At the default level (`notice`) no line may name a user or a client's address: what concerns a
/// person is `debug`. Boxes are no persons: their names are fine.
package struct Log: Sendable {
    /// syslog(3)'s numbers.
    package enum Level: Int, Sendable, Comparable {
        case error = 3
        case warning = 4
        case notice = 5
        case info = 6
        case debug = 7

        /// The more urgent is the lesser.
        package static func < (left: Level, right: Level) -> Bool { left.rawValue < right.rawValue }
    }

    /// One event: what is written, and the peer it is about.
    package struct Event: Sendable, Equatable {
        package let level: Level
        /// One line: control characters, which could forge further lines, are made visible.
        package let message: String
        package let peer: String?
    }

    /// The least urgent level that is written.
    package let level: Level
    private let write: @Sendable (Event) -> Void

    /// Writes to wherever standard error goes: as journal entries with fields when systemd has
    /// connected it to the journal, as plain lines otherwise.
    package init(level: Level = .notice, environment: [String: String]) {
        let journal = environment["JOURNAL_STREAM"].map(Self.isStandardError) ?? false
        self.init(level: level) { event in
            if journal, Self.sendToJournal(event) { return }
            Self.writeLine(Self.line(event, prefixed: journal))
        }
    }

    /// Gives the events to a function, for tests.
    package init(level: Level, write: @escaping @Sendable (Event) -> Void) {
        self.level = level
        self.write = write
    }

    package func error(_ message: @autoclosure () -> String, peer: String? = nil) {
        record(.error, message, peer)
    }
    package func warning(_ message: @autoclosure () -> String, peer: String? = nil) {
        record(.warning, message, peer)
    }
    package func notice(_ message: @autoclosure () -> String, peer: String? = nil) {
        record(.notice, message, peer)
    }
    package func info(_ message: @autoclosure () -> String, peer: String? = nil) {
        record(.info, message, peer)
    }
    package func debug(_ message: @autoclosure () -> String, peer: String? = nil) {
        record(.debug, message, peer)
    }

    /// The line of standard error; with sd-daemon(3)'s `<N>` in front for a service manager.
    package static func line(_ event: Event, prefixed: Bool) -> String {
        let peer = event.peer.map { "\($0): " } ?? ""
        return (prefixed ? "<\(event.level.rawValue)>" : "dakghar: ") + peer + event.message + "\n"
    }

    private func record(_ level: Level, _ message: () -> String, _ peer: String?) {
        guard level <= self.level else { return }
        write(Event(level: level, message: Self.visible(message()), peer: peer.map(Self.visible)))
    }

    private static func visible(_ text: String) -> String {
        let isControl = { (scalar: Unicode.Scalar) in
            scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
        }
        guard text.unicodeScalars.contains(where: isControl) else { return text }
        var result = ""
        for scalar in text.unicodeScalars {
            if isControl(scalar) {
                result += "\\u{\(String(scalar.value, radix: 16))}"
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// JOURNAL_STREAM is "device:inode" of the journal's stream; a redirected standard error has
    /// others (systemd.exec(5)).
    private static func isStandardError(_ stream: String) -> Bool {
        guard let status = FileStatus(descriptor: STDERR_FILENO) else { return false }
        return stream == "\(status.device):\(status.inode)"
    }

    private static func sendToJournal(_ event: Event) -> Bool {
        var fields = [
            "MESSAGE=\(event.message)", "PRIORITY=\(event.level.rawValue)",
            "SYSLOG_IDENTIFIER=dakghar",
        ]
        if let peer = event.peer { fields.append("DAKGHAR_PEER=\(peer)") }
        var bytes: [UInt8] = []
        let sizes = fields.map { field in
            bytes.append(contentsOf: field.utf8)
            return field.utf8.count
        }
        return bytes.withUnsafeMutableBytes { buffer in
            var offset = 0
            let vectors = sizes.map { size in
                defer { offset += size }
                return iovec(iov_base: buffer.baseAddress.map { $0 + offset }, iov_len: size)
            }
            return sd_journal_sendv(vectors, Int32(vectors.count)) >= 0
        }
    }

    // One write(2) per line, so that lines of several threads do not mix.
    private static func writeLine(_ line: String) {
        let bytes = Array(line.utf8)
        _ = Glibc.write(STDERR_FILENO, bytes, bytes.count)
    }
}
