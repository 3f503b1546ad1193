internal import Glibc
internal import Storage

/// The executable and what lies beside it while an update is on trial.
package struct ProgramFiles: Sendable, Equatable {
    /// `/usr/bin/dakghar`
    package let program: String
    /// The one before, which judges the new one and comes back if it fails.
    package var previous: String { program + ".previous" }
    /// There while the new one has not proved itself.
    package var trial: String { program + ".trial" }
    var fresh: String { program + ".new" }

    package init(_ program: String) { self.program = program }

    /// The one that runs in this process; a `.previous` stands for its successor.
    package static var own: ProgramFiles? {
        var buffer = [UInt8](repeating: 0, count: 4_096)
        let room = buffer.count
        let count = buffer.withUnsafeMutableBufferPointer { bytes in
            bytes.withMemoryRebound(to: CChar.self) { characters in
                characters.baseAddress.map { readlink("/proc/self/exe", $0, room) } ?? -1
            }
        }
        guard count > 0, count < buffer.count else { return nil }
        let path = String(decoding: buffer[..<count], as: UTF8.self)
        return ProgramFiles(path.hasSuffix(".previous") ? String(path.dropLast(9)) : path)
    }

    /// BLAKE2b-256 of the executable that is in place now.
    func digest() throws(BoxFailure) -> [UInt8] { try Self.digest(of: program).digest }

    static func digest(of path: String) throws(BoxFailure) -> (digest: [UInt8], size: Int) {
        let input = try BackupInput(path)
        var digest = ContentHash()
        while true {
            let bytes = try input.read(BackupFormat.chunk)
            if bytes.isEmpty { return (digest.finish(), input.position) }
            digest.update(bytes)
        }
    }
}

/// `PROGRAM.trial`: which executable is on trial, and how often it was started without proving itself.
struct ProgramTrial: Equatable {
    let version: String
    /// BLAKE2b-256 in hexadecimal.
    let digest: String
    var starts: Int

    var text: String { "\(version)\n\(digest)\n\(starts)\n" }

    init(version: String, digest: [UInt8], starts: Int = 0) {
        self.version = version
        self.digest = Self.hexadecimal(digest)
        self.starts = starts
    }

    /// Nil for what is no such file.
    init?(_ text: String) {
        let lines = text.split(separator: "\n").map(String.init)
        guard lines.count == 3, lines[1].utf8.count == 64, let starts = Int(lines[2]) else { return nil }
        (version, digest, self.starts) = (lines[0], lines[1], starts)
    }

    /// Nil when no executable is on trial.
    static func read(_ files: ProgramFiles) throws(BoxFailure) -> ProgramTrial? {
        do {
            return ProgramTrial(
                String(decoding: try DurableFile.read(files.trial, limit: 1_024), as: UTF8.self))
        } catch {
            if error.code == ENOENT { return nil }
            throw BoxFailure(describing: error)
        }
    }

    static func hexadecimal(_ bytes: [UInt8]) -> String {
        bytes.map { byte in
            let text = String(byte, radix: 16)
            return text.count == 1 ? "0" + text : text
        }.joined()
    }
}
