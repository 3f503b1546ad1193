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
        // The bare block cipher: a permutation of the names.
        guard (try? AES.permute(&block, key: key)) != nil else { return "" }
        return Base64.encode(block, .url)
    }

    /// The entry that an id of this account names, or nil.
    func entry(_ text: String, account: Int64) -> Int64? {
        guard text.utf8.count == 22, var plain = try? Base64.decode(text, .url), plain.count == 16,
            (try? AES.inversePermute(&plain, key: key)) != nil
        else { return nil }
        func number(_ from: Int) -> Int64 {
            plain[from..<from + 8].reduce(0) { $0 << 8 | Int64($1) }
        }
        guard number(0) == account else { return nil }
        return number(8)
    }
}
