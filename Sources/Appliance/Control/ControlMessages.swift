internal import XMPP

/// What a command asks of a box, running or not: one line of JSON each way on `DIR/control.sock`.
package struct ControlRequest: Codable, Sendable, Equatable {
    /// The command's name, words joined by a dot: "user.add".
    package var command: String
    /// Its arguments by name.
    package var arguments: [String: String]
    /// A piece of a file, base64; at most 512 KiB of the file.
    package var data: String?

    package init(_ command: String, _ arguments: [String: String] = [:], data: [UInt8]? = nil) {
        self.command = command
        self.arguments = arguments
        self.data = data.map { Base64.encode($0) }
    }
}

/// The answer: a document for standard output, or an error.
package struct ControlResponse: Codable, Sendable, Equatable {
    /// 0, or an exit code of docs/cli.md.
    package var code: Int32
    /// For standard error: what went wrong and what to do next.
    package var error: String?
    /// The JSON document of the answer (docs/cli.md), as text.
    package var document: String?
    /// A piece of a file, base64.
    package var data: String?

    package init(code: Int32 = 0, error: String? = nil, document: String? = nil, data: [UInt8]? = nil) {
        self.code = code
        self.error = error
        self.document = document
        self.data = data.map { Base64.encode($0) }
    }

    package static func failure(_ code: Int32, _ error: String) -> ControlResponse {
        ControlResponse(code: code, error: error)
    }
}

/// Exit codes of the commands (docs/cli.md).
package enum ExitStatus {
    package static let failed: Int32 = 1
    package static let usage: Int32 = 64
    package static let badInput: Int32 = 65
    package static let unreachable: Int32 = 69
    package static let tryAgain: Int32 = 75
    package static let notPermitted: Int32 = 77
}
