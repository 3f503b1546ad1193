/// The command line's side of a row of requests that belong together.
package final class BoxConversation {
    private let running: (connection: ControlConnection, directory: BoxDirectory)?
    private let offline: OfflineBox?

    init(running connection: ControlConnection, _ directory: BoxDirectory) {
        running = (connection, directory)
        offline = nil
    }

    init(offline box: OfflineBox) {
        running = nil
        offline = box
    }

    /// The answer of the box, also a refusal.
    package func send(_ request: ControlRequest) throws(ControlError) -> ControlResponse {
        if let running { return try Control.exchange(request, running.connection, running.directory) }
        return offline?.handle(request) ?? .failure(ExitStatus.failed, "The conversation is over.")
    }

    /// Lets go of the box. Without a running one this saves its clocks and gives the lock back.
    package func close() { offline?.close() }
}
