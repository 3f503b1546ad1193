internal import ArgumentParser

/// `dakghar queue`
struct QueueCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "queue", abstract: "What waits to leave this box.",
        subcommands: [
            QueueListCommand.self, QueueHoldCommand.self, QueueReleaseCommand.self, QueueDropCommand.self,
        ])
}
