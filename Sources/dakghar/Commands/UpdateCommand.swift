internal import ArgumentParser

/// `dakghar update`
struct UpdateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "update", abstract: "Another version of this program.",
        subcommands: [
            UpdateApplyCommand.self, UpdateSettleCommand.self, UpdateSignCommand.self,
            UpdateNewKeyCommand.self,
        ])
}
