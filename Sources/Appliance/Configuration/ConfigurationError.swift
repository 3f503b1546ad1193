/// What is wrong with a configuration file, and where.
package struct ConfigurationError: Error, Equatable, CustomStringConvertible {
    /// The file as the user named it.
    package let file: String
    /// From 1; nil where the whole file is meant.
    package let line: Int?
    package let reason: String

    package init(file: String, line: Int? = nil, reason: String) {
        self.file = file
        self.line = line
        self.reason = reason
    }

    /// `dakghar.toml:14: unknown key 'frwd' in [box]; did you mean 'forward'?`
    package var description: String {
        line.map { "\(file):\($0): \(reason)" } ?? "\(file): \(reason)"
    }

    /// The exit code of a command that ends with this error: bad input.
    package var exitCode: Int32 { 65 }
}
