// The standard library normalises strings itself but has no public name for it.
@_spi(_Unicode) import Swift

/// Prepares names and passwords as SASLprep (RFC 4013) asks, with one difference: normalisation form C
/// instead of KC, because only the former is in the standard library and full Foundation, which has the
/// latter, is too large. The two differ for compatibility characters alone; of those, other spaces and
/// full-width ASCII, which input methods do produce, are handled here. Whoever puts another one (a
/// ligature, a superscript) into a password cannot log in with a client that maps it.
enum SASLPrep {
    /// - Returns: nil when a character is forbidden.
    static func prepare(_ text: String) -> String? {
        if text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) { return text }
        var mapped = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            if mapsToNothing(scalar) { continue }
            guard !isForbidden(scalar) else { return nil }
            mapped.append(simplified(scalar))
        }
        var prepared = String.UnicodeScalarView()
        prepared.append(contentsOf: String(mapped)._nfc)
        return String(prepared)
    }

    /// RFC 3454 table B.1.
    private static func mapsToNothing(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0xAD, 0x34F, 0x1806, 0x180B...0x180D, 0x200B...0x200D, 0x2060, 0xFE00...0xFE0F, 0xFEFF:
            return true
        default: return false
        }
    }

    /// RFC 4013 §2.3: controls, private use, noncharacters, and what changes a text's direction.
    private static func isForbidden(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .privateUse, .surrogate, .lineSeparator, .paragraphSeparator, .format: return true
        default: return scalar.properties.isNoncharacterCodePoint || (0xFFF9...0xFFFD).contains(scalar.value)
        }
    }

    private static func simplified(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
        if scalar.properties.generalCategory == .spaceSeparator { return " " }
        guard (0xFF01...0xFF5E).contains(scalar.value) else { return scalar }
        return Unicode.Scalar(scalar.value - 0xFEE0) ?? scalar
    }
}
