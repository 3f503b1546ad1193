/// Why a box's certificates could not be made, read or renewed.
package enum BoxCertificateError: Error, Equatable, CustomStringConvertible {
    /// The intermediate has to be made anew, and the root's key is not on this machine.
    case rootKeyAway(reason: String)
    /// A certificate or key file that cannot be understood.
    case malformed(path: String, reason: String)
    /// Signing failed.
    case signing(String)
    case directory(BoxDirectoryError)

    package var description: String {
        switch self {
        case .rootKeyAway(let reason):
            "\(reason), and keys/root.key is not here; put it there, start once, and take it away again"
        case .malformed(let path, let reason): "\(path) cannot be used: \(reason)"
        case .signing(let reason): "a certificate could not be made: \(reason)"
        case .directory(let error): error.description
        }
    }

    /// The exit code of a command that ends with this error (docs/cli.md).
    package var exitCode: Int32 {
        switch self {
        case .rootKeyAway, .malformed: 65
        case .signing: 1
        case .directory(let error): error.exitCode
        }
    }
}
