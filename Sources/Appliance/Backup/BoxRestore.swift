internal import Bundles
internal import FoundationEssentials
internal import Glibc
internal import Storage

/// Makes a box of a backup, in an empty directory (`dakghar restore`).
///
/// Everything is written to `DIR/restoring`, checked, and moved to its place when it is whole. While that
/// folder is there, no box runs: a power cut leaves nothing that looks like one.
package struct BoxRestore {
    private let directory: BoxDirectory
    private let folder: String
    private static let names = BackupEntry.folders + [BackupEntry.database, BackupEntry.configuration]

    package init(_ directory: BoxDirectory) {
        self.directory = directory
        folder = directory.restoring
    }

    /// Restores the file. A damaged one, or one for another key, leaves the directory empty.
    package func run(
        _ path: String, key: RecoveryKey, progress: BoxBackup.Progress
    ) throws(BoxFailure) -> BackupDescription {
        let input = try BackupInput(path)
        let stream = try BackupStreamReader(input, key)
        do {
            try makeRoom()
            let lock = try BoxLock(directory)
            defer { withExtendedLifetime(lock) {} }
            do {
                let description = try unpack(stream, input, progress)
                try check(description)
                try moveIntoPlace()
                return description
            } catch {
                try clear()
                throw error
            }
        } catch {
            throw error as? BoxFailure ?? BoxFailure(describing: error)
        }
    }

    /// The directory, with nothing in it but what an interrupted restore has left, which goes.
    private func makeRoom() throws {
        if access(folder, F_OK) == 0 {
            let lock = try BoxLock(directory)
            defer { withExtendedLifetime(lock) {} }
            try clear()
        }
        if access(directory.path, F_OK) == 0 {
            let found = try FileManager.default.contentsOfDirectory(atPath: directory.path)
            let kept: Set<String> = ["lock", "lost+found"]
            if let other = found.first(where: { !kept.contains($0) }) {
                throw BoxFailure(
                    "\(directory.path) is not empty (\(other)): restore into an empty directory, or move this one away first.",
                    ExitStatus.failed)
            }
        }
        try directory.makeForRestore()
    }

    /// Takes away what a restore has begun; the folder that says so goes last.
    private func clear() throws {
        for name in Self.names where access(directory.path + "/" + name, F_OK) == 0 {
            try FileManager.default.removeItem(atPath: directory.path + "/" + name)
        }
        if access(folder, F_OK) == 0 { try FileManager.default.removeItem(atPath: folder) }
    }

    // MARK: Reading

    private func unpack(
        _ stream: BackupStreamReader, _ input: BackupInput, _ progress: BoxBackup.Progress
    ) throws(BoxFailure) -> BackupDescription {
        let description: BackupDescription
        do { description = try BackupDescription(decoding: try stream.head()) } catch let error as BoxFailure
        {
            throw error
        } catch {
            throw stream.damaged
        }
        try checkRoom(for: description.bytes)
        while true {
            let head = try stream.head()
            if head.isEmpty { break }
            guard let entry = try? BackupEntry(decoding: head), entry.isPlausible else {
                throw stream.damaged
            }
            try write(entry, from: stream) { () throws(BoxFailure) in try progress(input.position, input.size)
            }
        }
        try stream.expectEnd()
        return description
    }

    private func checkRoom(for bytes: Int) throws(BoxFailure) {
        var disk = statvfs()
        guard statvfs(directory.path, &disk) == 0 else { return }
        let free = Int(disk.f_bavail) * Int(disk.f_frsize)
        guard free < bytes + (16 << 20) else { return }
        throw BoxFailure(
            "The backup takes \(bytes >> 20) MiB, \(directory.path) has \(free >> 20) MiB free: take a larger disk.",
            ExitStatus.failed)
    }

    private func write(
        _ entry: BackupEntry, from stream: BackupStreamReader, each: () throws(BoxFailure) -> Void
    ) throws(BoxFailure) {
        let path = folder + "/" + entry.path
        try makeFolders(of: entry.path)
        let flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW
        let descriptor = Glibc.open(path, flags, 0o600)
        guard descriptor >= 0 else { throw BackupOutput.failure("write", path) }
        defer { close(descriptor) }
        DurableFile.giveToOwner(of: directory.path, descriptor)
        var left = entry.size
        while left > 0 {
            let piece = try stream.some(atMost: min(left, BackupFormat.chunk))
            try Self.append(Array(piece), descriptor, path)
            left -= piece.count
            try each()
        }
        guard fchmod(descriptor, entry.mode) == 0, fsync(descriptor) == 0 else {
            throw BackupOutput.failure("write", path)
        }
    }

    static func append(_ bytes: [UInt8], _ descriptor: Int32, _ path: String) throws(BoxFailure) {
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes {
                Glibc.write(descriptor, $0.baseAddress, $0.count)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw BackupOutput.failure("write", path) }
            written += count
        }
    }

    private func makeFolders(of path: String) throws(BoxFailure) {
        var current = folder
        for part in path.split(separator: "/").dropLast() {
            current += "/" + part
            do { try directory.make(current) } catch { throw BoxFailure(describing: error) }
        }
    }

    // MARK: Taking over

    /// What was unpacked is a box: its configuration is understood, its keys and its database are sound.
    private func check(_ description: BackupDescription) throws(BoxFailure) {
        let unpacked = BoxDirectory(path: folder)
        do {
            let configuration = try Configuration.load(unpacked.configuration)
            let identity = try BoxIdentity.decode(try KeyFile.read(unpacked.key("identity")))
            _ = try KeyFile.read(unpacked.key("data"), size: DataKey.size)
            guard identity.domain == configuration.box.domain, identity.domain == description.domain else {
                throw BoxFailure(
                    "The keys in the backup are of another box (\(identity.domain)).", ExitStatus.badInput)
            }
            try Snapshot.check(unpacked.database)
            for folder in BackupEntry.folders { try unpacked.make(unpacked.path + "/" + folder) }
        } catch {
            throw error as? BoxFailure ?? BoxFailure(describing: error)
        }
    }

    private func moveIntoPlace() throws(BoxFailure) {
        do {
            for folder in [folder] + BackupEntry.folders.map({ self.folder + "/" + $0 }) {
                try DurableFile.syncDirectory(of: folder + "/.")
            }
            // The configuration last: with it the directory is a box.
            for name in Self.names {
                guard rename(folder + "/" + name, directory.path + "/" + name) == 0 else {
                    throw FileError("move", folder + "/" + name)
                }
            }
            try DurableFile.syncDirectory(of: directory.configuration)
            guard rmdir(folder) == 0 else { throw FileError("remove", folder) }
            try DurableFile.syncDirectory(of: directory.configuration)
        } catch {
            throw BoxFailure(describing: error)
        }
    }
}
