internal import ArgumentParser

/// `dakghar user`
struct UserCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "user", abstract: "The accounts of this box.",
        subcommands: [
            UserAddCommand.self, UserSectionCommand.self, UserPasswordCommand.self, UserDisableCommand.self,
            UserSessionsCommand.self,
            UserMoveCommand.self, UserRemoveCommand.self, UserListCommand.self,
            UserInviteCommand.self, UserInvitesCommand.self, UserUninviteCommand.self,
        ])
}
