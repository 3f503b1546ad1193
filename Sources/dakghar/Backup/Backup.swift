internal import Appliance

/// One run of `dakghar backup`.
struct Backup {
    let json: Bool

    func run(to path: String, newKey: Bool) throws {
        let options = BoxOptions.current
        let box = try BoxDialogue.open()
        defer { box.close() }
        let known = newKey ? nil : try options.box.recoveryPublicHalf()
        let made = known == nil ? RecoveryKey() : nil
        guard let key = known ?? made?.publicHalf else { return }
        let document = try write(box, path, key, made)
        // The key is on paper before the box forgets it: until then the next backup makes another.
        Terminal.write(json ? try CommandJSON.text(document) : document.human)
        if let made { try options.box.setRecoveryPublicHalf(made.publicHalf) }
    }

    /// What the timer starts: nobody is there to write a key down.
    func runScheduled() throws {
        let options = BoxOptions.current
        let box = try BoxDialogue.open()
        defer { box.close() }
        let configuration = try Configuration.load(options.configuration ?? options.box.configuration)
        guard let settings = configuration.backup else {
            let text = "there is no [backup] folder in the configuration; nothing was written\n"
            return Terminal.write(json ? #"{"version":1,"file":null}"# : text)
        }
        guard let key = try options.box.recoveryPublicHalf() else {
            throw CommandFailure(
                "this box has no recovery key yet: run dakghar backup FILE once by hand, and keep the key that it prints",
                ExitStatus.badInput)
        }
        let folder = BackupFolder(settings.folder, box: configuration.box.name)
        let document = try write(box, try folder.nextPath(), key, nil)
        try folder.forget(keeping: settings.keep)
        Terminal.write(json ? try CommandJSON.text(document) : document.human)
    }

    private func write(
        _ box: BoxDialogue, _ path: String, _ key: RecoveryKey.PublicHalf, _ made: RecoveryKey?
    ) throws -> BackupDocument {
        let options = BoxOptions.current
        var bar = ProgressBar("backing up", shows: !json)
        defer { bar.clear() }
        let dataKey = try box.send("backup.begin").data ?? []
        let (found, bytes) = try BoxBackup(
            options.box, configurationPath: options.configuration, dataKey: dataKey
        ).write(to: path, for: key) { (done, total) throws(BoxFailure) in
            if Interruption.happened { throw .stopped("no backup was written") }
            bar.show(done, of: total)
        }
        _ = try box.send("backup.done")
        return BackupDocument(
            name: found.name, file: path, bytes: bytes, created: found.created, files: found.files,
            recoveryKey: .init(made?.text))
    }
}
