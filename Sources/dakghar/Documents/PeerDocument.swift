/// One object of `peer list --json`. What is not known is nil.
struct PeerDocument: Decodable {
    var name: String
    var domain: String?
    var key: String?
    var addresses: [String]?
    var upstream: Bool?
    var direct: Bool?
    var state: String?
    var way: String?
    var since: Int?

    static func human(_ peers: [PeerDocument], now: Int) -> String {
        guard !peers.isEmpty else {
            return "no peers; the other box's card makes one: dakghar peer add CARD\n"
        }
        var table = Table(["name", "domain", "state", "way", "since", "key", "addresses", "notes"])
        for peer in peers {
            let notes = [
                peer.upstream == true ? "upstream" : nil, peer.direct == false ? "no direct way" : nil,
            ].compactMap { $0 }
            let addresses = peer.addresses ?? []
            table.add([
                peer.name, peer.domain ?? "-", peer.state ?? "unknown", peer.way ?? "-",
                peer.state == nil || peer.state == "unknown" ? "-" : HumanText.time(peer.since, now: now),
                peer.key ?? "-",
                addresses.isEmpty ? "-" : addresses.joined(separator: ","), notes.joined(separator: ", "),
            ])
        }
        return table.text
    }
}

/// What `peer add` did.
struct PeerAdditionDocument: Decodable {
    var name: String
    /// Fingerprint, to be compared with the one that `card --json` shows on the other box.
    var key: String
    /// False if the same card was there already.
    var added: Bool?

    var human: String {
        added == false
            ? "\(name) is in the peer list already\n" : "\(name) is in the peer list\nkey: \(key)\n"
    }
}

/// What `peer replace` changed: fingerprints of the keys.
struct PeerReplacementDocument: Decodable {
    var name: String
    var old: String
    var new: String

    var human: String {
        guard old != new else { return "\(name) keeps its key \(new); its card is replaced\n" }
        var table = Table(indent: 2)
        table.add(["old key", old])
        table.add(["new key", new])
        return "\(name)\n" + table.text
    }
}
