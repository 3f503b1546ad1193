internal import Appliance
internal import ArgumentParser
internal import Glibc

/// `dakghar status`
struct StatusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Links, queue, sessions, storage, clock, certificates.",
        discussion: "It ends with 69 if the box does not run.")

    @Flag(help: "Go on, once a second, until Ctrl-C.")
    var watch = false

    @Flag(help: "Print the JSON document, with --watch one on a line each time.")
    var json = false

    func run() throws {
        guard watch else { return try show() }
        Interruption.listen()
        while !Interruption.happened {
            try show()
            sleep(1)
        }
    }

    private func show() throws {
        let response = try BoxRequest.answer("status")
        let text = response.document ?? ""
        let document = text.isEmpty ? nil : try BoxRequest.decode(StatusDocument.self, text)
        if json {
            if !text.isEmpty { Terminal.write(text) }
        } else if let document {
            // Home, the page, then clear what the last page left below it.
            let page = document.human(now: HumanText.now)
            let isRedrawn = watch && Terminal.isOutputATerminal
            Terminal.write(isRedrawn ? "\u{1B}[H\u{1B}[2J" + page : watch ? page + "\n" : page)
        }
        guard response.code == 0, document?.running != false else {
            let code = response.code == 0 ? ExitStatus.unreachable : response.code
            let place = BoxOptions.current.box.path
            throw CommandFailure(
                response.error
                    ?? "the box in \(place) does not run; start it with dakghar run --dir \(place)", code)
        }
    }
}
