internal import Appliance
internal import ArgumentParser

/// `dakghar demo`
struct DemoCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo", abstract: "Two offices and a hub on this machine, with a line to cut.",
        discussion: """
            It prints three ways to log in and then takes commands at its prompt: cut, restore, \
            throttle 64k, status, quit. The boxes stand in a temporary directory, or in --dir DIR; both \
            are removed at the end.
            """)

    func run() throws {
        guard BoxOptions.current.configuration == nil else {
            throw CommandFailure("demo makes its own configurations: leave --config out", ExitStatus.usage)
        }
        Interruption.listen()
        let place = try DemoDirectory(chosen: BoxOptions.current.directory)
        defer { place.remove() }
        try DemoSession(in: place).run()
    }
}
