internal import ArgumentParser

/// Which of the waiting mail `queue hold`, `release` and `drop` are about.
struct QueueSelection: ParsableArguments {
    @Option(help: "What is for this box.")
    var peer: String?

    @Option(name: .customLong("class"), help: "What is urgent, chat, receipts, background or bulk.")
    var parcelClass: String?

    @Option(
        name: .customLong("id"), parsing: .upToNextOption, help: "Entries, by the id that queue list shows.")
    var ids: [Int] = []

    @Flag(help: "Everything that waits.")
    var all = false

    @Flag(help: "Print the JSON document.")
    var json = false

    /// Sends the order and prints what came of it.
    func send(_ command: String, _ more: [String: String] = [:]) throws {
        guard peer != nil || parcelClass != nil || !ids.isEmpty || all else {
            throw ValidationError("say which: --peer, --class, --id, or --all")
        }
        var arguments = more
        arguments["peer"] = peer
        arguments["class"] = parcelClass
        arguments["ids"] = ids.isEmpty ? nil : ids.map(String.init).joined(separator: ",")
        arguments["all"] = all ? "true" : "false"
        let document = try BoxRequest.send(command, arguments)
        guard !json else { return Terminal.write(document) }
        Terminal.write(try BoxRequest.decode(QueueOrderDocument.self, document).human)
    }
}
