import CSodium

/// Base64url without padding (RFC 4648 section 5), the form of keys in cards and key files.
package enum Base64URL {
    private static let variant = Int32(sodium_base64_VARIANT_URLSAFE_NO_PADDING)

    /// The text of `bytes`.
    package static func encode(_ bytes: [UInt8]) -> String {
        let capacity = sodium_base64_encoded_len(bytes.count, variant)
        let text = Sodium.filling(capacity) { output in
            output.withMemoryRebound(to: CChar.self, capacity: capacity) { characters in
                sodium_bin2base64(characters, capacity, bytes, bytes.count, variant) == nil ? -1 : 0
            }
        }
        // C ends the text with a zero.
        return String(decoding: (text ?? []).dropLast(), as: UTF8.self)
    }

    /// The bytes of `text`, or nil if it is not in the one canonical form (no padding, spaces or stray bits).
    package static func decode(_ text: some StringProtocol) -> [UInt8]? {
        let characters = text.utf8.map { CChar(bitPattern: $0) }
        let capacity = characters.count / 4 * 3 + 3
        var size = 0
        let bytes = Sodium.filling(capacity) { output in
            sodium_base642bin(output, capacity, characters, characters.count, nil, &size, nil, variant)
        }
        return bytes.map { Array($0.prefix(size)) }
    }
}
