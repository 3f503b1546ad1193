/// What `backup` prints.
struct BackupDocument: Encodable {
    var version = 1
    let name: String
    let file: String
    let bytes: Int
    /// Wall milliseconds of the moment that it shows.
    let created: UInt64
    let files: Int
    /// Only when this backup made it.
    let recoveryKey: OrNull<String>

    private enum CodingKeys: String, CodingKey {
        case version, name, file, bytes, created, files
        case recoveryKey = "recovery-key"
    }

    var human: String {
        var text = "\(file): everything of \(name), \(HumanText.bytes(bytes))\n"
        if let key = recoveryKey.value {
            text += """

                RECOVERY KEY of \(name):

                    \(key)

                It opens this backup and the later ones, and it is shown this once. Write it down, or print
                it, now, and keep it where the box is not. Without it no backup can be opened by anybody.

                """
        }
        return text
    }
}

/// What `restore` prints.
struct RestoreDocument: Encodable {
    var version = 1
    let name: String
    let domain: String
    let created: UInt64
    let directory: String

    var human: String {
        """
        \(directory): \(name), \(domain), as it was on \(HumanText.date(Int(clamping: created)))
        Never start the old box again. Start this one: dakghar run --dir \(directory)

        """
    }
}
