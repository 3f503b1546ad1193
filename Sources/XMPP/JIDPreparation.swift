// The standard library normalises strings itself but has no public name for it; Foundation, which has,
// would add 40 MB to the executable.
@_spi(_Unicode) import Swift

/// The rules of RFC 7622 (and of RFC 8265 below it) for each part of an address. Pure ASCII, which
/// nearly every address is, takes a short way.
enum JIDPreparation {
    static func localpart(_ text: String) throws(JIDError) -> String {
        try checkLength(text)
        var prepared = text
        if !isASCII(text) { prepared = normalised(narrowed(text).lowercased()) }
        if prepared.utf8.contains(where: isUpperASCII) { prepared = prepared.lowercased() }
        for scalar in prepared.unicodeScalars where !allowedInLocalpart(scalar) {
            throw .forbiddenCharacter
        }
        try checkLength(prepared)
        return prepared
    }

    static func domain(_ text: String) throws(JIDError) -> String {
        var name = text[...]
        if name.utf8.last == UInt8(ascii: ".") { name = name.dropLast() }
        guard !name.isEmpty else { throw .emptyDomain }
        try checkLength(String(name))
        var prepared = String(name)
        if !isASCII(prepared) { prepared = normalised(prepared.lowercased()) }
        if prepared.utf8.contains(where: isUpperASCII) { prepared = prepared.lowercased() }
        if prepared.utf8.first == UInt8(ascii: "[") {
            try checkAddressLiteral(prepared)
        } else {
            try checkLabels(prepared)
        }
        try checkLength(prepared)
        return prepared
    }

    static func resource(_ text: String) throws(JIDError) -> String {
        try checkLength(text)
        if isASCII(text) {
            for byte in text.utf8 where byte < 0x20 || byte == 0x7F { throw .forbiddenCharacter }
            return text
        }
        var spaced = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control, .lineSeparator, .paragraphSeparator, .surrogate:
                throw .forbiddenCharacter
            case .spaceSeparator:
                spaced.append(" ")
            default:
                if scalar.properties.isNoncharacterCodePoint { throw .forbiddenCharacter }
                spaced.append(scalar)
            }
        }
        let prepared = normalised(String(spaced))
        try checkLength(prepared)
        return prepared
    }

    /// Unicode normalisation form C.
    static func normalised(_ text: String) -> String {
        var scalars = String.UnicodeScalarView()
        scalars.append(contentsOf: text._nfc)
        return String(scalars)
    }

    /// Full-width ASCII as plain ASCII: RFC 8265 §3.3.1, width mapping.
    private static func narrowed(_ text: String) -> String {
        var scalars = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            if (0xFF01...0xFF5E).contains(scalar.value), let narrow = Unicode.Scalar(scalar.value - 0xFEE0) {
                scalars.append(narrow)
            } else {
                scalars.append(scalar)
            }
        }
        return String(scalars)
    }

    private static func checkLength(_ text: String) throws(JIDError) {
        guard !text.isEmpty else { throw .emptyPart }
        guard text.utf8.count <= JID.maximumPartBytes else { throw .tooLong }
    }

    private static func isASCII(_ text: String) -> Bool {
        text.utf8.allSatisfy { $0 < 0x80 }
    }

    private static func isUpperASCII(_ byte: UInt8) -> Bool {
        byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z")
    }

    private static func allowedInLocalpart(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII {
            switch scalar {
            case "\"", "&", "'", "/", ":", "<", ">", "@", " ": return false
            default: return scalar.value > 0x20 && scalar.value != 0x7F
            }
        }
        // Identifier class of RFC 8264 §4.2: letters, their marks and digits.
        switch scalar.properties.generalCategory {
        case .lowercaseLetter, .uppercaseLetter, .otherLetter, .modifierLetter,
            .nonspacingMark, .spacingMark, .decimalNumber:
            return true
        default:
            return false
        }
    }

    private static func checkLabels(_ name: String) throws(JIDError) {
        var labelLength = 0
        for scalar in name.unicodeScalars {
            if scalar == "." {
                guard labelLength > 0 else { throw .emptyPart }
                labelLength = 0
                continue
            }
            labelLength += 1
            // A label of DNS holds at most 63 bytes (RFC 1035 §2.3.4).
            guard labelLength <= 63 else { throw .tooLong }
            guard allowedInLabel(scalar) else { throw .forbiddenCharacter }
        }
        guard labelLength > 0 else { throw .emptyPart }
    }

    private static func allowedInLabel(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        // The underscore is no host name character, but test and service domains use it.
        case "a"..."z", "0"..."9", "-", "_": return true
        default: return !scalar.isASCII && allowedInLocalpart(scalar)
        }
    }

    private static func checkAddressLiteral(_ name: String) throws(JIDError) {
        guard name.utf8.last == UInt8(ascii: "]"), name.utf8.count > 2 else { throw .forbiddenCharacter }
        for scalar in name.unicodeScalars.dropFirst().dropLast() {
            switch scalar {
            case "a"..."f", "0"..."9", ":", ".": continue
            default: throw .forbiddenCharacter
            }
        }
    }
}
