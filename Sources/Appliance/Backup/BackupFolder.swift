internal import FoundationEssentials
internal import Glibc

/// The folder of the nightly backups: `NAME-20261125-0215.dakghar-backup`, the newest few of them.
package struct BackupFolder {
    private let path: String
    private let box: String
    private static let ending = ".dakghar-backup"

    package init(_ path: String, box: String) {
        self.path = path
        self.box = box
    }

    /// Where the next backup goes, by the time of now (UTC).
    package func nextPath() throws(BoxFailure) -> String {
        guard access(path, W_OK | X_OK) == 0 else {
            throw BoxFailure(
                "The folder of [backup], \(path), cannot be written (\(String(cString: strerror(errno)))): make it, or mount what belongs there.",
                ExitStatus.failed)
        }
        var now = time(nil)
        var parts = tm()
        gmtime_r(&now, &parts)
        var buffer = [CChar](repeating: 0, count: 32)
        let count = strftime(&buffer, buffer.count, "%Y%m%d-%H%M%S", &parts)
        let stamp = String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return "\(path)/\(box)-\(stamp)\(Self.ending)"
    }

    /// Removes the oldest backups of this box beyond `count`; no other file is touched.
    package func forget(keeping count: Int) throws(BoxFailure) {
        do {
            let names = try FileManager.default.contentsOfDirectory(atPath: path)
            for name in Self.superfluous(names, box: box, keeping: count) where unlink(path + "/" + name) != 0
            {
                throw FileError("remove", path + "/" + name)
            }
        } catch {
            throw BoxFailure("The backup was written, but an older one stays: \(error)", ExitStatus.failed)
        }
    }

    /// Which of the files go; the time is in their names.
    static func superfluous(_ names: [String], box: String, keeping count: Int) -> [String] {
        let own = names.filter { name in
            guard name.hasPrefix(box + "-"), name.hasSuffix(ending) else { return false }
            let stamp = name.dropFirst(box.count + 1).dropLast(ending.count)
            return stamp.utf8.count == 15
                && stamp.utf8.allSatisfy { (0x30...0x39).contains($0) || $0 == 0x2D }
        }
        return Array(own.sorted().dropLast(count))
    }
}
