internal import ArgumentParser

/// `dakghar user password`
struct UserPasswordCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "password", abstract: "Give an account a new password; its sessions end.",
        discussion: "Without --password-stdin a password is made and printed, this once.")

    @Argument(help: "The part of the address before the @.")
    var localpart: String

    @Flag(name: .customLong("password-stdin"), help: "One line of standard input is the password.")
    var passwordFromInput = false

    @Flag(help: "Print the JSON document.")
    var json = false

    func run() throws {
        var arguments = ["localpart": localpart]
        if passwordFromInput { arguments["password"] = try PasswordInput.readLine() }
        let document = try BoxRequest.send("user.password", arguments)
        Terminal.write(json ? document : try BoxRequest.decode(UserDocument.self, document).human)
    }
}
