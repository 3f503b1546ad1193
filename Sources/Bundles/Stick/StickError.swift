/// Why a file of bundles is refused. A reader that throws has handed out nothing of the segment in question.
package enum StickError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The file does not begin like one.
    case notAStick
    /// A file of a newer format.
    case unknownVersion(UInt8)
    /// The file ends before its end mark.
    case truncated
    /// A signature does not fit what is before it.
    case altered
    /// Something follows the end mark.
    case trailing
    /// Signed, but not in the format; the text names the field.
    case malformed(ByteError)

    package var description: String {
        switch self {
        case .notAStick: "it is no file of dakghar bundle export"
        case .unknownVersion(let version): "it is of a newer format (\(version)) than this box knows"
        case .truncated: "it ends too early: it was not written or copied to its end"
        case .altered: "it is damaged or was altered: a signature in it does not fit"
        case .trailing: "something was appended to it"
        case .malformed: "its writer signed something that is not in the format"
        }
    }
}
