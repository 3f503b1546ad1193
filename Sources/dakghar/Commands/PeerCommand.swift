internal import ArgumentParser

/// `dakghar peer`
struct PeerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "peer", abstract: "The boxes that this one knows.",
        subcommands: [
            PeerAddCommand.self, PeerReplaceCommand.self, PeerRemoveCommand.self, PeerListCommand.self,
        ])
}
