import Glibc

/// Why a box's directory, its lock or its keys cannot be used.
package enum BoxDirectoryError: Error, Equatable, CustomStringConvertible {
    /// There is a box in the directory already; nothing in it was touched.
    case alreadyABox(String)
    /// Another process holds the directory; its number if it could be read.
    case running(directory: String, pid: Int32?)
    /// Others than the owner can read a secret.
    case exposedKey(path: String, mode: UInt32)
    /// A key file that is no regular file, or not of the right length.
    case badKey(path: String, reason: String)
    case file(FileError)

    package var description: String {
        switch self {
        case .alreadyABox(let directory):
            "there is a box in \(directory) already; choose another --dir, or move it away first"
        case .running(let directory, let pid):
            "a box is running on \(directory) (pid \(pid.map { "\($0)" } ?? "unknown"))"
        case .exposedKey(let path, let mode):
            "\(path) can be read by others (mode 0\(String(mode, radix: 8))); do: chmod 0400 \(path)"
        case .badKey(let path, let reason):
            "\(path) is no usable key: \(reason)"
        case .file(let error):
            error.description
        }
    }

    /// The exit code of a command that ends with this error (docs/cli.md).
    package var exitCode: Int32 {
        switch self {
        case .running: 75
        case .exposedKey, .badKey: 65
        case .alreadyABox, .file: 1
        }
    }
}

/// The one directory that holds everything of one box.
package struct BoxDirectory: Sendable, Equatable {
    /// Where a packaged box lives.
    package static let defaultPath = "/var/lib/dakghar"

    /// Without a trailing slash.
    package let path: String

    package init(path: String) {
        var path = path
        while path.count > 1, path.hasSuffix("/") { path.removeLast() }
        self.path = path
    }

    /// `--dir` if given, else `DAKGHAR_DIR` of the environment, else `/var/lib/dakghar`.
    package static func resolve(argument: String?, environment: [String: String]) -> BoxDirectory {
        let named = [argument, environment["DAKGHAR_DIR"]].compactMap { $0 }.first { !$0.isEmpty }
        return BoxDirectory(path: named ?? defaultPath)
    }

    package var configuration: String { path + "/dakghar.toml" }
    package var keys: String { path + "/keys" }
    package var certificates: String { path + "/certificates" }
    package var database: String { path + "/dakghar.db" }
    package var blobs: String { path + "/blobs" }
    package var controlSocket: String { path + "/control.sock" }
    package var lock: String { path + "/lock" }
    /// There while a restore is under way, or was interrupted: no box runs then.
    package var restoring: String { path + "/restoring" }
    /// Names the executable that has served here long enough (see `UpdateSettlement`).
    var goodProgram: String { path + "/program.good" }
    /// The public half of the recovery key, which closes backups.
    package var recoveryKey: String { keys + "/recovery.pub" }

    /// The file of one secret key: `keys/NAME.key`.
    package func key(_ name: String) -> String { keys + "/" + name + ".key" }

    /// The file of one certificate or of its key.
    package func certificate(_ file: String) -> String { certificates + "/" + file }

    /// Whether a box, or what an interrupted `init` made of one, is here.
    package var holdsABox: Bool {
        [configuration, database, keys].contains { (path: String) in access(path, F_OK) == 0 }
    }

    /// Makes the directory and its folders, all with mode 0700.
    ///
    /// An existing directory is taken if no box is in it (systemd makes it beforehand). Throws
    /// `alreadyABox` without touching anything otherwise.
    package func create() throws(BoxDirectoryError) {
        guard !holdsABox else { throw .alreadyABox(path) }
        try make(path)
        for folder in [keys, certificates, blobs] { try make(folder) }
        do { try DurableFile.syncDirectory(of: keys) } catch { throw .file(error) }
    }

    /// Makes the directory and, in it, the folder that a restore works in.
    func makeForRestore() throws(BoxDirectoryError) {
        try make(path)
        try make(restoring)
        do { try DurableFile.syncDirectory(of: restoring) } catch { throw .file(error) }
    }

    /// Makes a folder of the box, mode 0700; takes one that is there.
    func make(_ folder: String) throws(BoxDirectoryError) {
        if mkdir(folder, 0o700) != 0, errno != EEXIST { throw .file(FileError("create", folder)) }
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        // The top directory may be a link (systemd's DynamicUser= makes it one): its mode is systemd's.
        if descriptor < 0, folder == path, access(folder, W_OK) == 0 { return }
        guard descriptor >= 0 else { throw .file(FileError("open", folder)) }
        defer { close(descriptor) }
        if folder != path { DurableFile.giveToOwner(of: path, descriptor) }
        guard fchmod(descriptor, 0o700) == 0 else { throw .file(FileError("protect", folder)) }
    }
}
