internal import ArgumentParser

/// `dakghar user section`
struct UserSectionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "section",
        abstract: "Move somebody to another section of the office; without a text, to none.",
        discussion: "Everybody's roster shows it at once, where the box shares its roster.")

    @Argument(help: "The part of the address before the @.")
    var localpart: String

    @Argument(help: "The section, 1 to 100 bytes.")
    var text: String?

    func run() throws {
        var arguments = ["localpart": localpart]
        arguments["section"] = text
        _ = try BoxRequest.send("user.section", arguments)
        Terminal.write(text.map { "\(localpart) is in \($0)\n" } ?? "\(localpart) is in no section\n")
    }
}
