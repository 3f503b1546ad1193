package import Bundles

/// Makes update files (`dakghar update sign`).
package enum UpdateMaking {
    package static func write(
        _ executable: String, to file: String, version: ProgramVersion, architecture: String, key: SigningKey
    ) throws(BoxFailure) {
        let (digest, size) = try ProgramFiles.digest(of: executable)
        guard size > 0, size <= UpdateHead.sizeLimit else {
            throw BoxFailure("\(executable) is empty or too large to be the program.", ExitStatus.badInput)
        }
        let head = UpdateHead(version: version, architecture: architecture, size: size, digest: digest)
        let output = try BackupOutput(file)
        try output.append(head.signed(by: key))
        let input = try BackupInput(executable)
        while true {
            let bytes = try input.read(BackupFormat.chunk)
            if bytes.isEmpty { break }
            try output.append(bytes)
        }
        guard input.position == size else {
            throw BoxFailure("\(executable) changed while it was read: run it again.", ExitStatus.tryAgain)
        }
        try output.finish()
    }
}
