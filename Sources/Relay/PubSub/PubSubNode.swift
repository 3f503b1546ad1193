internal import Storage
internal import XMPP

/// One publication.
struct PubSubItem {
    /// Grows with each publication.
    let row: Int64
    let name: String
    /// Bytes of the payload.
    let size: Int
    /// The payload, until it is on the disk.
    var payload: [UInt8]?
}

/// A node of one account, with its items oldest first. One whose access is by list, with nobody on the
/// list, is private storage (XEP-0223).
struct PubSubNode {
    let row: Int64
    var settings: NodeSettings
    var items: [PubSubItem] = []

    var configuration: NodeConfiguration { settings.configuration }
    var name: String { settings.name }
    func item(_ name: String) -> PubSubItem? { items.first { $0.name == name } }
}

extension PubSubNode {
    /// Why somebody may not read the node of this owner; nil when they may (XEP-0060 §4.5).
    func refusal(for reader: JID, owner: Person) -> StanzaError? {
        if reader.bare == owner.jid { return nil }
        switch configuration.access {
        case .open: return nil
        case .presence: return owner.roster.item(reader)?.from == true ? nil : PubSubError.presenceRequired
        case .whitelist: return settings.members.contains(reader.bare.description) ? nil : PubSubError.closed
        }
    }
}
