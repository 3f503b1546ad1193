internal import ArgumentParser

/// `dakghar queue release`
struct QueueReleaseCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "release", abstract: "Let go what was held back.",
        discussion:
            "Ends the orders that it covers."
    )

    @OptionGroup var selection: QueueSelection

    func run() throws { try selection.send("queue.release") }
}
