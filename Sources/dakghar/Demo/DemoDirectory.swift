internal import Appliance
internal import Glibc

/// Where the boxes of a demonstration stand; removed at its end.
struct DemoDirectory {
    /// Absolute.
    let path: String
    private let isOurs: Bool

    /// Takes `chosen`, which has to be empty or not there yet; without it a new temporary directory.
    init(chosen: String?) throws(CommandFailure) {
        guard let chosen else {
            let parent = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
            var template = Array("\(parent)/dakghar-demo-XXXXXX".utf8CString)
            guard mkdtemp(&template) != nil else { throw Self.failure("make a directory in", parent) }
            path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
            isOurs = true
            return
        }
        isOurs = mkdir(chosen, 0o700) == 0
        guard isOurs || errno == EEXIST else { throw Self.failure("make", chosen) }
        guard let resolved = realpath(chosen, nil) else { throw Self.failure("use", chosen) }
        defer { free(resolved) }
        path = String(cString: resolved)
        guard try Self.names(in: path).isEmpty else {
            throw CommandFailure("\(path) is not empty; the demo wants a directory of its own")
        }
    }

    func box(_ name: String) -> BoxDirectory { BoxDirectory(path: "\(path)/\(name)") }
    func log(_ name: String) -> String { "\(path)/\(name).log" }

    /// Removes everything in it, and the directory itself if it was made here.
    func remove() {
        Self.empty(path)
        if isOurs { rmdir(path) }
    }

    /// Follows no links. What cannot be removed stays.
    private static func empty(_ folder: String) {
        for name in (try? names(in: folder)) ?? [] {
            let path = "\(folder)/\(name)"
            guard unlink(path) != 0 else { continue }
            empty(path)
            rmdir(path)
        }
    }

    private static func names(in path: String) throws(CommandFailure) -> [String] {
        guard let folder = opendir(path) else { throw failure("read", path) }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    private static func failure(_ verb: String, _ path: String) -> CommandFailure {
        CommandFailure("cannot \(verb) \(path): \(String(cString: strerror(errno)))")
    }
}
