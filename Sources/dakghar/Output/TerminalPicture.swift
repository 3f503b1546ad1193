internal import Appliance
internal import QRCodes

extension Terminal {
    /// A text as a QR code that a phone reads off the screen.
    /// - Throws: `CommandFailure` when it is too long for a code.
    static func picture(of text: String) throws(CommandFailure) -> String {
        guard let code = QRCode(text) else {
            throw CommandFailure(
                "This has \(text.utf8.count) bytes, more than a QR code holds; give it as text.",
                ExitStatus.badInput)
        }
        return code.terminalText
    }
}
