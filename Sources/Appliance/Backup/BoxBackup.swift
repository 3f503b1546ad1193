internal import FoundationEssentials
internal import Glibc
internal import Storage

/// Everything of one box in one closed file (`dakghar backup`).
///
/// Runs in the process of the command: the database is read through a snapshot, so that a running box
/// neither waits nor holds anything in memory for it.
package struct BoxBackup {
    private let directory: BoxDirectory
    private let configurationPath: String
    private let dataKey: [UInt8]

    /// What has been done of what, bytes; throws to stop.
    package typealias Progress = (_ done: Int, _ total: Int) throws(BoxFailure) -> Void

    /// `dataKey`: of the running box, which may have got it from systemd.
    package init(_ directory: BoxDirectory, configurationPath: String?, dataKey: [UInt8]) {
        self.directory = directory
        self.configurationPath = configurationPath ?? directory.configuration
        self.dataKey = dataKey
    }

    /// Writes the backup to `path`, which gets its name when everything is on the disk.
    /// - Returns: what is in it, and the bytes of the file.
    package func write(
        to path: String, for key: RecoveryKey.PublicHalf, progress: Progress
    ) throws(BoxFailure) -> (BackupDescription, fileBytes: Int) {
        let output = try BackupOutput(path)
        let configuration: Configuration
        do { configuration = try Configuration.load(configurationPath) } catch {
            throw BoxFailure(describing: error)
        }
        let snapshot = directory.path + "/backup-\(getpid()).db"
        defer { unlink(snapshot) }
        let created = Clocks.wall()
        try takeSnapshot(snapshot, created)
        let files = try collect(snapshot)
        let total = files.reduce(0) { $0 + $1.size }
        let description = BackupDescription(
            name: configuration.box.name, domain: configuration.box.domain, created: created,
            files: files.count, bytes: total)
        let stream = try BackupStreamWriter(output, for: key)
        try stream.write(head: description.encode())
        var done = 0
        for file in files {
            try copy(file, to: stream) { count throws(BoxFailure) in
                done += count
                try progress(done, total)
            }
        }
        try stream.write(head: [])
        try stream.finish()
        try output.finish()
        return (description, output.size)
    }

    private func takeSnapshot(_ path: String, _ now: UInt64) throws(BoxFailure) {
        unlink(path)
        var disk = statvfs()
        let size = FileStatus(path: directory.database)?.size ?? 0
        if statvfs(directory.path, &disk) == 0, Int(disk.f_bavail) * Int(disk.f_frsize) < size + (16 << 20) {
            throw BoxFailure(
                "The disk of \(directory.path) has not room for a copy of the database (\(size >> 20) MiB), which a backup takes for its time: remove something there first.",
                ExitStatus.failed)
        }
        do { try Snapshot.write(of: directory.database, to: path, now: now) } catch {
            unlink(path)
            throw BoxFailure(describing: error)
        }
    }

    /// One file that goes into the backup.
    private struct Source {
        /// Below the box's directory.
        let name: String
        /// Where it lies; nil for the data key, which is in memory.
        let path: String?
        let size: Int
    }

    private func collect(_ snapshot: String) throws(BoxFailure) -> [Source] {
        var found: [Source] = []
        func add(_ path: String, as name: String) throws(BoxFailure) {
            guard let status = FileStatus(path: path) else {
                if Self.mayGo(name) { return }
                throw BackupOutput.failure("read", path)
            }
            if status.isRegular { found.append(Source(name: name, path: path, size: status.size)) }
        }
        try add(configurationPath, as: BackupEntry.configuration)
        found.append(Source(name: Self.dataKeyName, path: nil, size: dataKey.count))
        for folder in BackupEntry.folders {
            for name in try names(folder) where name != Self.dataKeyName {
                try add(directory.path + "/" + name, as: name)
            }
        }
        try add(snapshot, as: BackupEntry.database)
        return found
    }

    private static let dataKeyName = "keys/data.key"

    /// A file whose time is over may go while the others are copied.
    private static func mayGo(_ name: String) -> Bool { errno == ENOENT && name.hasPrefix("blobs/") }

    /// The files in a folder of the box and in those below it, by their names from the box's directory.
    private func names(_ folder: String) throws(BoxFailure) -> [String] {
        let top = directory.path + "/" + folder
        let paths: [String]
        do { paths = try FileManager.default.subpathsOfDirectory(atPath: top) } catch {
            throw BoxFailure("Cannot look into \(top): \(error)", ExitStatus.failed)
        }
        // What is still being written is not anything yet.
        return paths.map { folder + "/" + $0 }.filter {
            !$0.hasSuffix(".part") && !$0.hasSuffix(".new")
                && BackupEntry(path: $0, mode: 0, size: 0).isPlausible
        }.sorted()
    }

    private func copy(
        _ source: Source, to stream: BackupStreamWriter, each: (Int) throws(BoxFailure) -> Void
    ) throws(BoxFailure) {
        guard let path = source.path else {
            try stream.write(head: BackupEntry(path: source.name, mode: 0o400, size: source.size).encode())
            try stream.write(dataKey)
            return try each(dataKey.count)
        }
        let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC | (source.name.contains("/") ? O_NOFOLLOW : 0))
        guard descriptor >= 0 else {
            if Self.mayGo(source.name) { return try each(source.size) }
            throw BackupOutput.failure("read", path)
        }
        defer { close(descriptor) }
        guard let status = FileStatus(descriptor: descriptor) else {
            throw BackupOutput.failure("read", path)
        }
        let entry = BackupEntry(path: source.name, mode: status.mode & 0o700, size: status.size)
        try stream.write(head: entry.encode())
        var left = entry.size
        var buffer = [UInt8](repeating: 0, count: BackupFormat.chunk)
        while left > 0 {
            let count = read(descriptor, &buffer, min(left, buffer.count))
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw BackupOutput.failure("read", path) }
            guard count > 0 else {
                throw BoxFailure(
                    "\(path) grew shorter while it was copied: run it again.", ExitStatus.tryAgain)
            }
            try stream.write(buffer[..<count])
            left -= count
            try each(count)
        }
    }
}
