internal import Appliance
internal import XMPP

/// Several requests to the box that belong together.
struct BoxDialogue {
    private let conversation: BoxConversation

    static func open() throws(CommandFailure) -> BoxDialogue {
        let options = BoxOptions.current
        do {
            return BoxDialogue(
                conversation: try Control.open(options.box, configuration: options.configuration))
        } catch {
            throw CommandFailure(error.description, error.exitCode)
        }
    }

    struct Answer {
        let document: String
        let data: [UInt8]?
    }

    /// The box's answer. Throws its refusals.
    func send(
        _ command: String, _ arguments: [String: String] = [:], data: [UInt8]? = nil
    ) throws(CommandFailure) -> Answer {
        let response: ControlResponse
        do {
            response = try conversation.send(ControlRequest(command, arguments, data: data))
        } catch {
            throw CommandFailure(error.description, error.exitCode)
        }
        guard response.code == 0 else {
            throw CommandFailure(
                response.error ?? "the box refused \(command) without a reason", response.code)
        }
        do {
            return Answer(
                document: response.document ?? "", data: try response.data.map { try Base64.decode($0) })
        } catch {
            throw CommandFailure("the box answered with a piece that cannot be read")
        }
    }

    func close() { conversation.close() }
}
