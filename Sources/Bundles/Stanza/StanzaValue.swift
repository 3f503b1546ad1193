import CSodium

/// The forms in which a text or the value of an attribute travels: identifiers, keys and ciphertext as the bytes
/// that they stand for. A form is only used where it gives back every character.
enum StanzaValue: UInt8 {
    /// In the texts, up to a zero byte.
    case text = 1
    /// Base64 of RFC 4648 §4 with padding: length varint, bytes in the blobs.
    case base64
    /// A lower-case UUID: 16 bytes in the blobs.
    case uuid
    /// Lower-case hexadecimal digits: length varint, bytes in the blobs.
    case hexadecimal
    /// The same as an earlier value of this stanza: its number, 1 byte.
    case repeated
    /// The same as an earlier attribute's of this group: its number in the table, 1 byte.
    case known
    /// A number without leading zeros, below 2^63: varint in the blobs.
    case decimal
    /// Base64 of RFC 4648 §5 without padding: length varint, bytes in the blobs.
    case base64URL

    /// Values shorter than this are not worth a reference, in bytes.
    static let minReferred = 4
    /// Values of one stanza, and of one group's table, that can be referred to.
    static let maxReferred = 256
    /// The longest value that enters the group's table, in bytes.
    static let maxKnownBytes = 1_024

    /// The form that makes the value smallest, and the bytes that it stands for.
    static func form(of value: ArraySlice<UInt8>) -> (form: StanzaValue, bytes: [UInt8]) {
        let count = value.count
        guard count >= 4, count <= 1 << 16, value.allSatisfy(isPlain) else { return (.text, []) }
        if let number = number(value) {
            var writer = ByteWriter()
            writer.varint(number)
            return (.decimal, writer.bytes)
        }
        guard count >= 8 else { return (.text, []) }
        if count == 36, let bytes = uuidBytes(value) { return (.uuid, bytes) }
        if count % 2 == 0, let bytes = hexBytes(value) { return (.hexadecimal, bytes) }
        guard looksRandom(value) else { return (.text, []) }
        if count % 4 == 0, count >= 12, let bytes = decode(value, original) {
            return (.base64, bytes)
        }
        if let bytes = decode(value, urlSafe) { return (.base64URL, bytes) }
        return (.text, [])
    }

    /// Only letters, digits and `+/=-_`: quickly tells texts and addresses from the rest.
    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "/"), UInt8(ascii: "="),
            UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }

    /// Words compress better as words.
    private static func looksRandom(_ value: ArraySlice<UInt8>) -> Bool {
        value.contains { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) }
            && value.contains { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) }
            && (value.count >= 32 || value.contains { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
    }

    private static func number(_ value: ArraySlice<UInt8>) -> UInt64? {
        guard value.count <= 18, value.first != UInt8(ascii: "0") else { return nil }
        var number: UInt64 = 0
        for byte in value {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
            number = number * 10 + UInt64(byte - UInt8(ascii: "0"))
        }
        return number
    }

    private static func uuidBytes(_ value: ArraySlice<UInt8>) -> [UInt8]? {
        var digits: [UInt8] = []
        for (index, byte) in value.enumerated() {
            if dashes.contains(index) {
                guard byte == UInt8(ascii: "-") else { return nil }
            } else {
                digits.append(byte)
            }
        }
        return hexBytes(digits[...])
    }

    private static let dashes: Set = [8, 13, 18, 23]

    private static func hexBytes(_ digits: ArraySlice<UInt8>) -> [UInt8]? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(digits.count / 2)
        var high: UInt8?
        for digit in digits {
            guard let value = hexDigits.firstIndex(of: digit) else { return nil }
            if let known = high {
                bytes.append(known << 4 | UInt8(value))
                high = nil
            } else {
                high = UInt8(value)
            }
        }
        return bytes
    }

    private static let original = Int32(sodium_base64_VARIANT_ORIGINAL)
    private static let urlSafe = Int32(sodium_base64_VARIANT_URLSAFE_NO_PADDING)
    private static let hexDigits = Array("0123456789abcdef".utf8)

    private static func decode(_ value: ArraySlice<UInt8>, _ variant: Int32) -> [UInt8]? {
        let characters = value.map { CChar(bitPattern: $0) }
        let capacity = characters.count / 4 * 3 + 3
        var size = 0
        let bytes = Sodium.filling(capacity) { output in
            sodium_base642bin(output, capacity, characters, characters.count, nil, &size, nil, variant)
        }
        guard let decoded = bytes.map({ Array($0.prefix(size)) }) else { return nil }
        // One text stands for these bytes; libsodium refuses stray bits, this makes sure of it.
        return encode(decoded, variant) == Array(value) ? decoded : nil
    }

    // MARK: Back to characters

    static func base64(_ bytes: [UInt8]) -> [UInt8] { encode(bytes, original) }
    static func base64URL(_ bytes: [UInt8]) -> [UInt8] {
        encode(bytes, urlSafe)
    }

    static func hexadecimal(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        bytes.flatMap { [hexDigits[Int($0 >> 4)], hexDigits[Int($0 & 15)]] }
    }

    static func uuid(_ bytes: [UInt8]) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(36)
        for (index, byte) in bytes.enumerated() {
            if [4, 6, 8, 10].contains(index) { text.append(UInt8(ascii: "-")) }
            text += [hexDigits[Int(byte >> 4)], hexDigits[Int(byte & 15)]]
        }
        return text
    }

    private static func encode(_ bytes: [UInt8], _ variant: Int32) -> [UInt8] {
        let capacity = sodium_base64_encoded_len(bytes.count, variant)
        let text = Sodium.filling(capacity) { output in
            output.withMemoryRebound(to: CChar.self, capacity: capacity) { characters in
                sodium_bin2base64(characters, capacity, bytes, bytes.count, variant) == nil ? -1 : 0
            }
        }
        return Array((text ?? []).prefix { $0 != 0 })
    }
}
