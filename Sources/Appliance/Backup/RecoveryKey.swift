internal import Bundles
internal import CSodium

/// What opens the backups of a box: on paper, never on the box, which keeps the public half only.
package struct RecoveryKey: Sendable, Equatable {
    /// 32 random bytes, of which the X25519 key pair is made.
    private let seed: [UInt8]
    private static let seedBytes = Int(crypto_box_SEEDBYTES)
    private static let checkBytes = 2
    /// Bytes of a sealed box over its content (`crypto_box_SEALBYTES`).
    static let sealOverhead = Int(crypto_box_PUBLICKEYBYTES) + Int(crypto_box_MACBYTES)

    package init() { seed = Sodium.randomBytes(Self.seedBytes) }

    /// Reads what somebody has typed from paper: blanks, dashes, upper and lower case do not count, and
    /// `o`, `i` and `l` are the digits that they look like. Nil when a character is missing or wrong.
    package init?(text: String) {
        guard let bytes = PaperText.decode(text), bytes.count == Self.seedBytes + Self.checkBytes else {
            return nil
        }
        let seed = Array(bytes.prefix(Self.seedBytes))
        guard Self.check(seed) == Array(bytes.suffix(Self.checkBytes)) else { return nil }
        self.seed = seed
    }

    /// 55 characters in eleven groups, two bytes of them to notice a slip of the pen.
    package var text: String { PaperText.encode(seed + Self.check(seed)) }

    private static func check(_ seed: [UInt8]) -> [UInt8] {
        Array(Sodium.blake2b(16, Array("dakghar recovery 1\n".utf8) + seed).prefix(checkBytes))
    }

    private var pair: (publicKey: [UInt8], secretKey: [UInt8]) {
        var publicKey = [UInt8](repeating: 0, count: Int(crypto_box_PUBLICKEYBYTES))
        var secretKey = [UInt8](repeating: 0, count: Int(crypto_box_SECRETKEYBYTES))
        crypto_box_seed_keypair(&publicKey, &secretKey, seed)
        return (publicKey, secretKey)
    }

    /// The half that stays on the box and can only close.
    package var publicHalf: PublicHalf { PublicHalf(unchecked: pair.publicKey) }

    /// What was sealed for this key; nil when it was for another, or altered.
    func open(_ sealed: [UInt8]) -> [UInt8]? {
        guard sealed.count > RecoveryKey.sealOverhead else { return nil }
        var plain = [UInt8](repeating: 0, count: sealed.count - RecoveryKey.sealOverhead)
        let (publicKey, secretKey) = pair
        guard crypto_box_seal_open(&plain, sealed, UInt64(sealed.count), publicKey, secretKey) == 0 else {
            return nil
        }
        return plain
    }

    /// An X25519 public key.
    package struct PublicHalf: Sendable, Equatable {
        package let bytes: [UInt8]

        fileprivate init(unchecked bytes: [UInt8]) { self.bytes = bytes }

        /// Nil unless `bytes` are 32.
        package init?(bytes: [UInt8]) {
            guard bytes.count == Int(crypto_box_PUBLICKEYBYTES) else { return nil }
            self.bytes = bytes
        }

        /// Tells the keys of several boxes apart: 4 bytes of BLAKE2b.
        var id: [UInt8] { Array(Sodium.blake2b(32, bytes).prefix(4)) }

        /// A sealed box of libsodium: an ephemeral key and XSalsa20-Poly1305, 48 bytes longer than `plain`.
        func seal(_ plain: [UInt8]) -> [UInt8] {
            var sealed = [UInt8](repeating: 0, count: plain.count + RecoveryKey.sealOverhead)
            precondition(crypto_box_seal(&sealed, plain, UInt64(plain.count), bytes) == 0, "X25519 failed")
            return sealed
        }
    }
}

/// Bytes as people copy them from paper: the 32 characters of Crockford's alphabet, in groups of five.
enum PaperText {
    private static let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz")
    private static let group = 5
    /// Characters that are read at most.
    private static let limit = 512

    static func encode(_ bytes: [UInt8]) -> String {
        var text = ""
        var count = 0
        var (bits, width) = (0, 0)
        func put(_ value: Int) {
            if count > 0, count % group == 0 { text += "-" }
            text.append(alphabet[value & 31])
            count += 1
        }
        for byte in bytes {
            bits = bits << 8 | Int(byte)
            width += 8
            while width >= 5 {
                width -= 5
                put(bits >> width)
            }
            bits &= (1 << width) - 1
        }
        if width > 0 { put(bits << (5 - width)) }
        return text
    }

    /// Nil for a character that is none of the alphabet, and for bits that are left over and not zero.
    static func decode(_ text: String) -> [UInt8]? {
        var bytes: [UInt8] = []
        var (bits, width) = (0, 0)
        guard text.utf8.count <= limit else { return nil }
        for character in text.lowercased() where character != "-" && !character.isWhitespace {
            let read: Character = character == "o" ? "0" : "il".contains(character) ? "1" : character
            guard let value = alphabet.firstIndex(of: read) else { return nil }
            bits = bits << 5 | value
            width += 5
            if width >= 8 {
                width -= 8
                bytes.append(UInt8(bits >> width & 0xFF))
                bits &= (1 << width) - 1
            }
        }
        return bits == 0 && width < 5 ? bytes : nil
    }
}
