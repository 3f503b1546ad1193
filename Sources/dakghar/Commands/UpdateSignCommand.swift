internal import Appliance
internal import ArgumentParser
internal import Bundles

/// `dakghar update sign`: for the maker.
struct UpdateSignCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sign", abstract: "For the maker: make an update file of an executable.")

    @Option(help: ArgumentHelp("The secret key, as update new-key wrote it.", valueName: "file"))
    var key: String

    @Option(
        name: .customLong("for-version"), help: ArgumentHelp("The executable's version.", valueName: "x.y.z"))
    var version: String

    @Option(help: ArgumentHelp("x86_64 or arm64.", valueName: "name"))
    var architecture: String

    @Argument(help: "The executable.")
    var executable: String

    @Argument(help: "The update file; nothing may be there yet.")
    var file: String

    func run() throws {
        guard let number = ProgramVersion(version) else {
            throw CommandFailure("'\(version)' is no version like 1.2.3", ExitStatus.usage)
        }
        guard ProgramArchitecture.known.contains(architecture) else {
            throw CommandFailure(
                "'\(architecture)' is none of \(ProgramArchitecture.known.joined(separator: ", "))",
                ExitStatus.usage)
        }
        let text = String(decoding: try KeyFile.read(key), as: UTF8.self)
        guard let seed = Base64URL.decode(text.prefix { $0 != "\n" }), let signing = SigningKey(seed: seed)
        else {
            throw CommandFailure("\(key) is no key of update new-key", ExitStatus.badInput)
        }
        try UpdateMaking.write(
            executable, to: file, version: number, architecture: architecture, key: signing)
    }
}

/// `dakghar update new-key`: for the maker.
struct UpdateNewKeyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "new-key",
        abstract: "For the maker: make a key that signs updates; prints its public half.")

    @Argument(help: "Where to put the secret half; nothing may be there yet.")
    var file: String

    func run() throws {
        let key = SigningKey.generate()
        try KeyFile.create(file, Array((Base64URL.encode(key.seed) + "\n").utf8))
        Terminal.write(Base64URL.encode(key.publicKey))
    }
}
