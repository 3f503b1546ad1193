internal import ArgumentParser

/// `dakghar queue drop`
struct QueueDropCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drop", abstract: "Drop waiting mail for good.",
        discussion: "Its senders are told, with the reason. What another hop has already may still arrive.")

    @OptionGroup var selection: QueueSelection

    @Option(help: "Why, in words for the senders.")
    var reason: String

    func run() throws { try selection.send("queue.drop", ["reason": reason]) }
}
