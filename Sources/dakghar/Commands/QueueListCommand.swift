internal import ArgumentParser

/// `dakghar queue list`
struct QueueListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Show what waits to leave, for whom, why, and until when.",
        discussion: "Bodies are not shown. What has left waits on a hub for the other box to acknowledge it.")

    @Option(help: "Only what is for this box.")
    var peer: String?

    @Flag(help: "Print the JSON document.")
    var json = false

    func run() throws {
        let document = try BoxRequest.send("queue.list", peer.map { ["peer": $0] } ?? [:])
        guard !json else { return Terminal.write(document) }
        Terminal.write(try BoxRequest.decode(QueueDocument.self, document).human(now: HumanText.now))
    }
}
