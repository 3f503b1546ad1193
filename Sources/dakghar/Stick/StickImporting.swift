internal import Appliance

/// Moves a file into the box: once to be verified, once to be taken.
struct StickImporting {
    let box: BoxDialogue
    let source: StickSource
    let shows: Bool

    /// Bytes of the file in one request.
    private static let piece = 256 << 10

    /// The document of the box.
    func run() throws(CommandFailure) -> String {
        _ = try box.send("bundle.import")
        try pass("bundle.import.check", "checking", stopped: "stopped; nothing was taken")
        _ = try box.send("bundle.import.checked")
        try pass(
            "bundle.import.take", "taking in",
            stopped: "stopped; what was taken stays, and the same command takes the rest")
        return try box.send("bundle.import.finish", ["bytes": "\(source.size)"]).document
    }

    private func pass(_ request: String, _ title: String, stopped: String) throws(CommandFailure) {
        var progress = ProgressBar(title, shows: shows)
        defer { progress.clear() }
        var offset = 0
        while true {
            guard !Interruption.happened else { throw CommandFailure(stopped, ExitStatus.tryAgain) }
            let bytes = try source.read(at: offset, count: Self.piece)
            guard !bytes.isEmpty else { return }
            _ = try box.send(request, data: bytes)
            offset += bytes.count
            progress.show(offset, of: source.size)
        }
    }
}
