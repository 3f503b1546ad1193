internal import XMPP

/// The register that holds one part of a node for the other offices: `pep/BARE/PART/NODE`.
struct ReplicaKey: Hashable {
    static let prefix = "pep/"

    let owner: JID
    let node: String
    /// 0, or in a node too large for one register that part into which an item's id falls.
    let part: Int

    /// Parts of a large node.
    static let parts = 16

    var text: String { "\(Self.prefix)\(owner)/\(part)/\(node)" }

    init(owner: JID, node: String, part: Int) {
        self.owner = owner
        self.node = node
        self.part = part
    }

    /// Reads a key; neither a local part nor a domain holds a slash, a node may.
    init?(_ text: String) {
        let pieces = text.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false)
        guard pieces.count == 4, pieces[0] == "pep", let owner = try? JID(String(pieces[1])), owner.isBare,
            owner.localpart != nil, owner.description == pieces[1], let part = Int(pieces[2]),
            (0..<Self.parts).contains(part), String(part) == pieces[2], !pieces[3].isEmpty,
            pieces[3].utf8.count <= PubSubLimits.nameBytes
        else { return nil }
        self.owner = owner
        self.part = part
        node = String(pieces[3])
    }
}
