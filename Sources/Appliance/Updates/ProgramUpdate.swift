internal import Bundles
internal import Glibc
internal import Storage

/// Puts another executable in the place of this one (`dakghar update apply`), signed and whole or not at all.
package struct ProgramUpdate {
    private let files: ProgramFiles
    /// Ed25519 public keys of the maker.
    private let keys: [[UInt8]]

    package init(_ files: ProgramFiles, keys: [[UInt8]]) {
        self.files = files
        self.keys = keys
    }

    /// What came of it.
    package struct Outcome: Sendable {
        package let version: ProgramVersion
        /// False when it is this version already.
        package let isApplied: Bool
    }

    package func apply(
        _ path: String, allowDowngrade: Bool, progress: BoxBackup.Progress
    ) throws(BoxFailure) -> Outcome {
        let input = try BackupInput(path)
        let start = try input.read(UpdateHead.startBytes)
        let count = try UpdateHead.rest(after: start, path)
        let rest = try input.read(count)
        guard rest.count == count else { throw UpdateHead.damaged(path) }
        let head = try UpdateHead(verifying: start, rest, keys: keys, file: path)
        try check(head, path, allowDowngrade)
        let inPlace = try ProgramFiles.digest(of: files.program)
        guard inPlace.digest != head.digest else { return Outcome(version: head.version, isApplied: false) }
        defer { unlink(files.fresh) }
        try unpack(head, input, progress)
        try tryOut(head)
        try keepPrevious()
        // The trial before the executable: a power cut between them leaves the old one, on no trial.
        try note(ProgramTrial(version: head.version.description, digest: head.digest))
        guard rename(files.fresh, files.program) == 0 else {
            throw BackupOutput.failure("replace", files.program)
        }
        try sync()
        return Outcome(version: head.version, isApplied: true)
    }

    private func check(_ head: UpdateHead, _ path: String, _ allowDowngrade: Bool) throws(BoxFailure) {
        guard head.architecture == ProgramArchitecture.own else {
            throw BoxFailure(
                "\(path) is for \(head.architecture), this machine is \(ProgramArchitecture.own): take the other file.",
                ExitStatus.badInput)
        }
        guard let own = ProgramVersion(ProgramVersion.text), head.version < own, !allowDowngrade else {
            return
        }
        throw BoxFailure(
            "\(path) is version \(head.version), older than this one (\(own)): --allow-downgrade takes it all the same. An older program refuses a database that a newer one has changed.",
            ExitStatus.notPermitted)
    }

    private func unpack(
        _ head: UpdateHead, _ input: BackupInput, _ progress: BoxBackup.Progress
    ) throws(BoxFailure) {
        unlink(files.fresh)
        let flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW
        let descriptor = Glibc.open(files.fresh, flags, 0o700)
        guard descriptor >= 0 else { throw BackupOutput.failure("write", files.fresh) }
        defer { close(descriptor) }
        var digest = ContentHash()
        var left = head.size
        while left > 0 {
            let bytes = try input.read(min(left, BackupFormat.chunk))
            guard !bytes.isEmpty else { throw UpdateHead.damaged(input.path) }
            digest.update(bytes)
            try BoxRestore.append(bytes, descriptor, files.fresh)
            left -= bytes.count
            try progress(input.position, input.size)
        }
        guard try input.read(1).isEmpty, digest.finish() == head.digest else {
            throw UpdateHead.damaged(input.path)
        }
        guard fchmod(descriptor, 0o755) == 0, fsync(descriptor) == 0 else {
            throw BackupOutput.failure("write", files.fresh)
        }
    }

    /// One that cannot even say its version on this machine is not put in place.
    private func tryOut(_ head: UpdateHead) throws(BoxFailure) {
        let code = ChildProcess.run(files.fresh, ["--version"], seconds: 20)
        guard code != 0 else { return }
        throw BoxFailure(
            "Version \(head.version) does not start on this machine (\(code.map { "exit code \($0)" } ?? "no answer")): nothing was changed.",
            ExitStatus.failed)
    }

    private func keepPrevious() throws(BoxFailure) {
        let temporary = files.previous + ".new"
        unlink(temporary)
        guard link(files.program, temporary) == 0, rename(temporary, files.previous) == 0 else {
            throw BackupOutput.failure("keep", files.previous)
        }
    }

    private func note(_ trial: ProgramTrial) throws(BoxFailure) {
        do { try DurableFile.replace(files.trial, with: Array(trial.text.utf8), mode: 0o644) } catch {
            throw BoxFailure(describing: error)
        }
    }

    private func sync() throws(BoxFailure) {
        do { try DurableFile.syncDirectory(of: files.program) } catch { throw BoxFailure(describing: error) }
    }
}
