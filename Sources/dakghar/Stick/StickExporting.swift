internal import Appliance

/// Moves an export from the box into its file.
struct StickExporting {
    let box: BoxDialogue
    let part: StickPart
    let peer: String
    let via: String?
    var progress: ProgressBar

    /// Bytes of an old file that go to the box at once.
    private static let piece = 256 << 10

    init(box: BoxDialogue, part: StickPart, peer: String, via: String?, shows: Bool) {
        self.box = box
        self.part = part
        self.peer = peer
        self.via = via
        progress = ProgressBar("exporting", shows: shows)
    }

    /// What the box says of each piece.
    private struct Progress: Decodable {
        var offset: Int
        var done: Int
        var expected: Int
        var receipts: Int
    }

    private var names: [String: String] {
        var names = ["peer": peer]
        names["via"] = via
        return names
    }

    /// The document of the box.
    mutating func run() throws(CommandFailure) -> String {
        defer { progress.clear() }
        let wasEmpty = part.size == 0
        let head: [UInt8]
        do throws(CommandFailure) {
            head = try box.send("bundle.export", names).data ?? []
        } catch {
            if wasEmpty { part.discard() }
            throw error
        }
        let resumed = try goOn(head)
        var last = Progress(offset: 0, done: 0, expected: 0, receipts: 0)
        while true {
            guard !Interruption.happened else {
                throw CommandFailure(
                    "stopped; the same command goes on where it stopped", ExitStatus.tryAgain)
            }
            let answer = try box.send("bundle.export.next")
            last = try BoxRequest.decode(Progress.self, answer.document)
            guard let piece = answer.data else { break }
            try part.append(piece)
            progress.show(last.done, of: last.expected)
        }
        return try finish(last, resumed)
    }

    /// Whether what an interruption has left is continued.
    private mutating func goOn(_ head: [UInt8]) throws(CommandFailure) -> Bool {
        var offset = 0
        while offset < part.size {
            let bytes = try part.read(at: offset, count: Self.piece)
            guard !bytes.isEmpty else { break }
            do throws(CommandFailure) {
                _ = try box.send("bundle.export.old", data: bytes)
            } catch {
                throw CommandFailure("\(part.partPath) \(error.description)", error.exitCode)
            }
            offset += bytes.count
        }
        let kept = try BoxRequest.decode(
            Progress.self, try box.send("bundle.export.resume").document
        ).offset
        try part.truncate(to: kept)
        if kept == 0 { try part.append(head) }
        return kept > 0
    }

    private func finish(_ last: Progress, _ resumed: Bool) throws(CommandFailure) -> String {
        guard last.done + last.receipts > 0 else {
            part.discard()
            return try box.send("bundle.export.finish", names).document
        }
        try part.finish()
        var arguments = names
        arguments["file"] = part.path
        arguments["bytes"] = "\(part.size)"
        arguments["resumed"] = "\(resumed)"
        return try box.send("bundle.export.finish", arguments).document
    }
}
