internal import Glibc

/// Before each start (`dakghar.previous update settle`): is the executable in place still on trial, and how
/// often was it started in vain? Run by the one before it, which is known to be good, with the rights to
/// put itself back.
package struct UpdateSettlement {
    private let files: ProgramFiles
    private let directory: BoxDirectory

    /// Starts that a new executable gets.
    package static let starts = 3

    package enum Outcome: Sendable, Equatable {
        /// Nothing is on trial.
        case none
        /// The new one has served long enough, or something else was installed meanwhile.
        case settled
        /// This is its start number so many.
        case onTrial(starts: Int)
        /// The previous one is in place again.
        case rolledBack(version: String)
    }

    package init(_ files: ProgramFiles, _ directory: BoxDirectory) {
        self.files = files
        self.directory = directory
    }

    package func settle() throws(BoxFailure) -> Outcome {
        guard access(files.trial, F_OK) == 0 else { return .none }
        let found = try ProgramTrial.read(files)
        let inPlace = ProgramTrial.hexadecimal(try files.digest())
        guard var trial = found, trial.digest == inPlace, confirmed() != trial.digest else {
            return try end(.settled)
        }
        guard trial.starts < Self.starts else { return try rollBack(trial) }
        trial.starts += 1
        do { try DurableFile.replace(files.trial, with: Array(trial.text.utf8), mode: 0o644) } catch {
            throw BoxFailure(describing: error)
        }
        return .onTrial(starts: trial.starts)
    }

    /// The digest that a box wrote which has served long enough.
    private func confirmed() -> String? {
        guard let bytes = try? DurableFile.read(directory.goodProgram, limit: 128) else { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }

    private func rollBack(_ trial: ProgramTrial) throws(BoxFailure) -> Outcome {
        // A link of its own: the previous one stays, whatever happens in between.
        unlink(files.fresh)
        guard link(files.previous, files.fresh) == 0, rename(files.fresh, files.program) == 0 else {
            throw BackupOutput.failure("put back", files.previous)
        }
        return try end(.rolledBack(version: trial.version))
    }

    private func end(_ outcome: Outcome) throws(BoxFailure) -> Outcome {
        guard unlink(files.trial) == 0 else { throw BackupOutput.failure("remove", files.trial) }
        do { try DurableFile.syncDirectory(of: files.program) } catch { throw BoxFailure(describing: error) }
        return outcome
    }
}

/// The other side of a trial, in the serving box, which may write nowhere but into its directory.
struct UpdateConfirmation {
    private let digest: String

    /// Nil unless the executable of this process is on trial.
    init?() {
        guard let files = ProgramFiles.own, let trial = try? ProgramTrial.read(files) else { return nil }
        digest = trial.digest
    }

    /// It has served long enough: the next start keeps it.
    func confirm(_ directory: BoxDirectory) throws(FileError) {
        try DurableFile.replace(directory.goodProgram, with: Array(digest.utf8))
    }
}
