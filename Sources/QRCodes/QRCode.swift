internal import CQRCode

/// A QR code (ISO/IEC 18004) of a short text, such as a card or an invitation.
package struct QRCode: Sendable, Equatable {
    /// Modules of one side, without the quiet zone: 21 to 177.
    package let side: Int
    /// Row by row; true is dark.
    private let modules: [Bool]

    /// Modules of light around the code that readers want.
    package static let quietZone = 4

    /// - Parameter text: UTF-8; at most 2,331 bytes fit.
    /// - Returns: nil when the text is too long for a code.
    package init?(_ text: String) {
        var scratch = [UInt8](repeating: 0, count: Self.bufferBytes)
        var code = scratch
        let bytes = Array(text.utf8)
        guard bytes.count <= scratch.count else { return nil }
        scratch.replaceSubrange(0..<bytes.count, with: bytes)
        // Half as much again as the least protection: paper and screens have spots.
        let fits = qrcodegen_encodeBinary(
            &scratch, bytes.count, &code, qrcodegen_Ecc_MEDIUM, Self.versions.lowerBound,
            Self.versions.upperBound, qrcodegen_Mask_AUTO, true)
        guard fits else { return nil }
        let side = Int(qrcodegen_getSize(code))
        self.side = side
        modules = (0..<side * side).map { place in
            qrcodegen_getModule(code, Int32(place % side), Int32(place / side))
        }
    }

    /// Whether a module is dark; outside the code everything is light.
    package func isDark(_ x: Int, _ y: Int) -> Bool {
        guard (0..<side).contains(x), (0..<side).contains(y) else { return false }
        return modules[y * side + x]
    }

    /// Sizes of a code, and bytes of the largest (`qrcodegen_BUFFER_LEN_MAX`).
    private static let versions: ClosedRange<Int32> = 1...40
    private static let bufferBytes = 3_918
}
