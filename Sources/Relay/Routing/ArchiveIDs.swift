internal import Crypto
internal import CryptoExtras
internal import XMPP

/// Archive ids (XEP-0359 §5: unpredictable): account and entry number, one block of AES, so that an id
/// needs no index and tells nobody how large an archive is.
struct ArchiveIDs {
    private let key: SymmetricKey

    /// - Parameter key: 16 bytes.
    init(key: [UInt8]) { self.key = SymmetricKey(data: key) }

    func text(account: Int64, entry: Int64) -> String {
        var block: [UInt8] = []
        withUnsafeBytes(of: account.bigEndian) { block.append(contentsOf: $0) }
        withUnsafeBytes(of: entry.bigEndian) { block.append(contentsOf: $0) }
        // One block under a zero vector is the bare block cipher: a permutation of the names.
        guard let zero = try? AES._CBC.IV(ivBytes: [UInt8](repeating: 0, count: 16)),
            let sealed = try? AES._CBC.encrypt(block, using: key, iv: zero, noPadding: true)
        else { return "" }
        return Base64.encode(sealed, .url)
    }

    /// The entry that an id of this account names, or nil.
    func entry(_ text: String, account: Int64) -> Int64? {
        guard text.utf8.count == 22, let sealed = try? Base64.decode(text, .url),
            let zero = try? AES._CBC.IV(ivBytes: [UInt8](repeating: 0, count: 16)),
            let plain = try? AES._CBC.decrypt(sealed, using: key, iv: zero, noPadding: true),
            plain.count == 16
        else { return nil }
        let bytes = Array(plain)
        func number(_ from: Int) -> Int64 {
            bytes[from..<from + 8].reduce(0) { $0 << 8 | Int64($1) }
        }
        guard number(0) == account else { return nil }
        return number(8)
    }
}
