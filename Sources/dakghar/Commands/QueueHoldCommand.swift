internal import ArgumentParser

/// `dakghar queue hold`
struct QueueHoldCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hold", abstract: "Hold waiting mail back.",
        discussion:
            "With --peer, --class or --all it is an order that stands: what comes later is held back too, until queue release. Time goes on: what is held back expires as other mail does, and its sender is told."
    )

    @OptionGroup var selection: QueueSelection

    func run() throws { try selection.send("queue.hold") }
}
