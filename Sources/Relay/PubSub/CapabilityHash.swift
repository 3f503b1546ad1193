internal import Crypto
internal import XMPP

/// The verification string of entity capabilities (XEP-0115 §5): binds what a client says of itself to
/// the hash in its presence.
enum CapabilityHash {
    /// The hash of a disco#info answer; nil when the algorithm is unknown here or the answer ill-formed
    /// (§5.4 step 3), so that it stands for nobody else.
    static func verification(of query: Element, algorithm: String) -> String? {
        guard let text = text(of: query) else { return nil }
        let bytes = Array(text.utf8)
        switch algorithm {
        case "sha-1": return Base64.encode(Array(Insecure.SHA1.hash(data: bytes)))
        case "sha-256": return Base64.encode(Array(SHA256.hash(data: bytes)))
        case "sha-384": return Base64.encode(Array(SHA384.hash(data: bytes)))
        case "sha-512": return Base64.encode(Array(SHA512.hash(data: bytes)))
        default: return nil
        }
    }

    /// Identities, features and forms, each sorted by bytes, each ended by `<`.
    private static func text(of query: Element) -> String? {
        let identities = query.children("identity", NS.discoInfo).map { identity in
            [identity["category"], identity["type"], identity["xml:lang"], identity["name"]]
                .map { $0 ?? "" }.joined(separator: "/")
        }
        let features = query.children("feature", NS.discoInfo).map { $0["var"] ?? "" }
        guard isSet(identities), isSet(features), let forms = forms(of: query) else { return nil }
        let pieces = sorted(identities) + sorted(features) + forms
        // A piece that holds the separator could stand for two (XEP-0115 §9 on pre-image attacks).
        guard !pieces.contains(where: { $0.contains("<") }) else { return nil }
        return pieces.map { $0 + "<" }.joined()
    }

    /// The pieces of the forms by XEP-0128; nil when two have the same type.
    private static func forms(of query: Element) -> [String]? {
        var byType: [String: [String]] = [:]
        for form in query.children("x", NS.dataForms) {
            let fields = form.children("field", NS.dataForms)
            guard let kind = fields.first(where: { $0["var"] == "FORM_TYPE" }) else { continue }
            let types = Set(values(of: kind))
            guard types.count == 1, let type = types.first else { return nil }
            // Without a hidden FORM_TYPE the form does not count.
            guard kind["type"] == "hidden" || kind["type"] == nil else { continue }
            guard byType[type] == nil else { return nil }
            let others = fields.filter { $0["var"] != "FORM_TYPE" }
            var pieces = [type]
            for field in others.sorted(by: { precedes($0["var"] ?? "", $1["var"] ?? "") }) {
                pieces.append(field["var"] ?? "")
                pieces += sorted(values(of: field))
            }
            byType[type] = pieces
        }
        return sorted(Array(byType.keys)).flatMap { byType[$0] ?? [] }
    }

    private static func values(of field: Element) -> [String] {
        field.children("value", NS.dataForms).map(\.text)
    }
    private static func isSet(_ list: [String]) -> Bool { Set(list).count == list.count }
    private static func sorted(_ list: [String]) -> [String] { list.sorted(by: precedes) }

    /// RFC 4790 §9.3, i;octet.
    private static func precedes(_ left: String, _ right: String) -> Bool {
        left.utf8.lexicographicallyPrecedes(right.utf8)
    }
}
