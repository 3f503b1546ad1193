internal import ArgumentParser

/// `dakghar user add`
struct UserAddCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: "Make an account.",
        discussion: "Without --password-stdin a password is made and printed, this once.")

    @Argument(help: "The part of the address before the @.")
    var localpart: String

    @Flag(help: "May administer the box.")
    var admin = false

    @Option(help: "The section of the office: a group in everybody's roster.")
    var section: String?

    @Flag(name: .customLong("password-stdin"), help: "One line of standard input is the password.")
    var passwordFromInput = false

    @Flag(help: "Print the JSON document.")
    var json = false

    func run() throws {
        var arguments = ["localpart": localpart]
        arguments["section"] = section
        if admin { arguments["admin"] = "true" }
        if passwordFromInput { arguments["password"] = try PasswordInput.readLine() }
        let document = try BoxRequest.send("user.add", arguments)
        Terminal.write(json ? document : try BoxRequest.decode(UserDocument.self, document).human)
    }
}
