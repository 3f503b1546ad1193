import FoundationEssentials
import Glibc

@testable import Appliance

/// A directory that lives as long as this value.
final class TemporaryBox {
    let root: String
    var directory: BoxDirectory { BoxDirectory(path: root + "/box") }

    init() throws {
        var template = Array("/tmp/dakghar-test-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw FileError("create", "a test directory") }
        root = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit { try? FileManager.default.removeItem(atPath: root) }

    static func mode(_ path: String) -> UInt32 {
        var status = stat()
        return stat(path, &status) == 0 ? status.st_mode & 0o7777 : 0
    }

    static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }
}
