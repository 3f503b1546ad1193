internal import Appliance
internal import ArgumentParser

/// `dakghar backup`
struct BackupCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup", abstract: "Write everything of this box into one closed file.",
        discussion:
            "The box may run meanwhile. The first backup makes a recovery key and prints it, this once: nothing "
            + "else opens the file.")

    @Argument(help: "Where to write; nothing may be there yet.")
    var file: String?

    @Flag(help: "Make another recovery key, for this and later backups, and print it.")
    var newRecoveryKey = false

    @Flag(help: "Into the folder of [backup] in the configuration, as the timer does.")
    var scheduled = false

    @Flag(help: "Print the JSON document.")
    var json = false

    func validate() throws {
        guard scheduled == (file == nil), !(scheduled && newRecoveryKey) else {
            throw ValidationError("name a file, or give --scheduled alone")
        }
    }

    func run() throws {
        Interruption.listen()
        let backup = Backup(json: json)
        if let file {
            try backup.run(to: file, newKey: newRecoveryKey)
        } else {
            try backup.runScheduled()
        }
    }
}
