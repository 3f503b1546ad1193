internal import Appliance
internal import FoundationEssentials

/// A request to the box that this command is about.
enum BoxRequest {
    /// The document that the box answers with, as JSON text; "" if there is none. Throws its refusals.
    static func send(_ command: String, _ arguments: [String: String] = [:]) throws(CommandFailure) -> String
    {
        let response = try answer(command, arguments)
        guard response.code == 0 else {
            throw CommandFailure(
                response.error ?? "the box refused \(command) without a reason", response.code)
        }
        return response.document ?? ""
    }

    /// The same, with refusals as answers.
    static func answer(
        _ command: String, _ arguments: [String: String] = [:]
    ) throws(CommandFailure) -> ControlResponse {
        let options = BoxOptions.current
        do {
            return try Control.send(
                ControlRequest(command, arguments), to: options.box, configuration: options.configuration)
        } catch {
            throw CommandFailure(error.description, error.exitCode)
        }
    }

    /// Reads a document of the box.
    static func decode<Document: Decodable>(
        _ type: Document.Type, _ text: String
    ) throws(CommandFailure) -> Document {
        do {
            return try JSONDecoder().decode(type, from: Data(text.utf8))
        } catch {
            throw CommandFailure(
                "the answer of the box cannot be read; are this command and the box of the same version? "
                    + "--json shows it as it is")
        }
    }
}
