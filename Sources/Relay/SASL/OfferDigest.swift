internal import XMPP

/// Protection of the offer against downgrades (XEP-0474 0.5): a digest of the advertised mechanisms and
/// channel bindings, signed along with the password's proof.
enum OfferDigest {
    /// - Parameter bindings: the advertised types; nil when none were advertised (XEP-0440).
    static func text(mechanisms: [String], bindings: [String]?, hash: SCRAMHash) -> String {
        var bytes = joined(mechanisms)
        if let bindings { bytes += [0x1F] + joined(bindings) }
        return Base64.encode(hash.digest(bytes))
    }

    /// In the order of their bytes, with 0x1E between them.
    private static func joined(_ names: [String]) -> [UInt8] {
        let sorted = names.map { Array($0.utf8) }.sorted { $0.lexicographicallyPrecedes($1) }
        return Array(sorted.joined(separator: [0x1E]))
    }
}
