internal import Carriers
internal import XMPP

/// One client of this office in one room of another.
struct RoomVisit {
    let office: Office
    /// Room and nickname.
    var address: JID
    /// What the client last sent, without the wish to enter.
    var presence: Element
    /// The password with which it entered.
    var password: Element?
    /// The last presence of everybody there.
    var seen: [String: Element] = [:]
    /// Its box has asked for the client to be let in again, after the room had lost it.
    var isReturning = false
    /// Wall milliseconds of the last message.
    private var lastHeard: UInt64
    /// Stanza-ids of the last messages.
    private var heard: [String] = []

    /// People remembered of one room, and messages.
    static let seenLimit = 1_000
    static let heardLimit = 200
    /// Milliseconds by which the clocks of two boxes may differ when the past is asked for.
    private static let clockMarginMs: UInt64 = 600_000

    init(office: Office, address: JID, presence: Element, wallMs: UInt64) {
        self.office = office
        self.address = address
        self.presence = presence
        lastHeard = wallMs
    }

    mutating func remember(_ presence: Element, of occupant: String) {
        guard seen.count < Self.seenLimit || seen[occupant] != nil else { return }
        seen[occupant] = presence
    }

    /// - Returns: false when the client has been given this message already.
    mutating func hears(_ message: Element, wallMs: UInt64) -> Bool {
        lastHeard = wallMs
        let room = address.bare.description
        guard let id = message.children("stanza-id", NS.sid).first(where: { $0["by"] == room })?["id"] else {
            return true
        }
        guard !heard.contains(id) else { return false }
        heard.append(id)
        if heard.count > Self.heardLimit { heard.removeFirst() }
        return true
    }

    /// The wish to be let in again, with what was said since.
    func entry(from session: ClientSession) -> Element {
        let since = lastHeard > Self.clockMarginMs ? lastHeard - Self.clockMarginMs : 0
        let stamp = DateTime(milliseconds: Int64(clamping: since)).description
        var wish = Element("x", NS.muc, [:], [Element("history", NS.muc, ["since": stamp])])
        if let password { wish.append(password) }
        return addressed(from: session).adding(wish)
    }

    /// The client's presence, for the room.
    func addressed(from session: ClientSession) -> Element {
        var stanza = presence
        stanza["to"] = address.description
        stanza["from"] = session.fullText
        return stanza
    }
}
