/// Why a request reached no box at all; an answer of a box, also a refusal, is a `ControlResponse`.
package struct ControlError: Error, Equatable, CustomStringConvertible {
    /// What happened and what to do next.
    package let description: String
    /// The exit code of a command that ends with this error (docs/cli.md).
    package let exitCode: Int32

    package init(_ description: String, exitCode: Int32) {
        self.description = description
        self.exitCode = exitCode
    }
}
