internal import Carriers
internal import Storage
internal import XMPP

/// This office's people in rooms of other offices: learned from the presence that they send there. What
/// such a room says goes to the client that entered, and into no archive here: the room has its own.
final class RoomVisits {
    private unowned let relay: Relay

    /// By full JID of the session, then by the room's bare JID.
    private var visits: [JID: [JID: RoomVisit]] = [:]
    /// Who left a room while its line was down: its office is told when the line returns.
    private var unsaid: [Int64: [Element]] = [:]
    private var dark: [Int64: UInt64] = [:]

    /// Rooms that one session is in, departures remembered for an office.
    static let roomLimit = 200
    static let unsaidLimit = 2_000

    init(relay: Relay) { self.relay = relay }

    // MARK: What the person sends

    /// - Returns: true when the stanza has been dealt with and goes no further.
    func takes(_ stanza: Element, to: JID, _ office: Office, from session: ClientSession) -> Bool {
        guard to.resource != nil, to.localpart != nil else { return false }
        if stanza["type"] == "unavailable" { return left(stanza, to, office, session) }
        let isEntry = stanza.hasChild("x", NS.muc)
        guard isEntry || visits[session.jid]?[to.bare] != nil else { return false }
        guard relay.offices?.darkSince(office) == nil else {
            if isEntry { refuseEntry(stanza, .darkOffice(office), session) }
            return isEntry
        }
        if isEntry, visits[session.jid]?[to.bare] == nil, (visits[session.jid]?.count ?? 0) >= Self.roomLimit
        {
            refuseEntry(
                stanza, StanzaError(.resourceConstraint, text: "This client is in too many rooms."), session)
            return true
        }
        var plain = stanza
        plain.removeChildren { $0.namespace == NS.muc }
        var visit =
            visits[session.jid]?[to.bare]
            ?? RoomVisit(office: office, address: to, presence: plain, wallMs: relay.store.wallNow())
        if isEntry {
            visit.address = to
            visit.password = stanza.child("x", NS.muc)?.child("password", NS.muc)
        }
        visit.presence = plain
        visits[session.jid, default: [:]][to.bare] = visit
        return false
    }

    private func refuseEntry(_ stanza: Element, _ error: StanzaError, _ session: ClientSession) {
        if let reply = Rooms.refusal(ofEntry: stanza, error) { session.send(reply) }
    }

    private func left(_ stanza: Element, _ to: JID, _ office: Office, _ session: ClientSession) -> Bool {
        guard let visit = visits[session.jid]?.removeValue(forKey: to.bare) else { return false }
        guard relay.offices?.darkSince(office) != nil else { return false }
        say(gone: session.jid, visit)
        // The room cannot answer now: the client is told that it is out.
        session.send(
            Element(
                "presence", NS.client,
                ["type": "unavailable", "from": visit.address.description, "to": session.fullText],
                [
                    Element(
                        "x", NS.mucUser, [:],
                        [
                            Element("item", NS.mucUser, ["affiliation": "none", "role": "none"]),
                            Element("status", NS.mucUser, ["code": "110"]),
                        ])
                ]))
        return true
    }

    /// A session has ended or become unavailable; its directed presence says so where the line is up.
    func ended(_ session: ClientSession) {
        for visit in (visits.removeValue(forKey: session.jid) ?? [:]).values { say(gone: session.jid, visit) }
    }

    private func say(gone session: JID, _ visit: RoomVisit) {
        guard relay.offices?.darkSince(visit.office) != nil else { return }
        guard unsaid[visit.office.number, default: []].count < Self.unsaidLimit else { return }
        unsaid[visit.office.number, default: []].append(
            Element(
                "presence", NS.client,
                ["type": "unavailable", "from": session.description, "to": visit.address.description]))
    }

    // MARK: What the room sends

    /// - Returns: true when it came from a room that the session has entered.
    func arrived(presence stanza: Element, from: JID, to: JID) -> Bool {
        guard var visit = visits[to]?[from.bare], let resource = to.resource,
            let session = relay.localPerson(to)?.session(resource)
        else { return false }
        if isLost(stanza, visit) {
            // The room's box was started anew: the client is let in again and need not know.
            visit.isReturning = true
            visits[to]?[from.bare] = visit
            _ = relay.offices?.live(visit.entry(from: session), to: visit.office)
            return true
        }
        session.deliver(stanza.serialized(), important: false)
        let codes =
            stanza.child("x", NS.mucUser)?.children("status", NS.mucUser).compactMap { $0["code"] } ?? []
        switch stanza["type"] {
        case nil:
            if codes.contains("110") {
                visit.address = from
                visit.isReturning = false
            }
            visit.remember(stanza, of: from.description)
        case "error":
            // Refused on entering, or the room has forgotten the client; a refused nickname changes nothing.
            guard StanzaError(in: stanza)?.condition == .conflict, !visit.seen.isEmpty else {
                visits[to]?[from.bare] = nil
                return true
            }
        default:
            if codes.contains("110"), !codes.contains("303") {
                visits[to]?[from.bare] = nil
                return true
            }
            visit.seen[from.description] = nil
        }
        visits[to]?[from.bare] = visit
        return true
    }

    /// Whether a room that the client was in says that it is not.
    private func isLost(_ stanza: Element, _ visit: RoomVisit) -> Bool {
        guard stanza["type"] == "error", !visit.isReturning, !visit.seen.isEmpty else { return false }
        return StanzaError(in: stanza)?.condition == .itemNotFound
    }

    /// Mail of a room: delivered when its arrival is on the disk; a hibernating session keeps it for its client.
    func arrived(mail stanza: Element, from: JID, to: JID, acceptedMs: UInt64) {
        guard visits[to]?[from.bare] != nil else { return tell(from, gone: to) }
        var message = stanza
        if relay.store.wallNow() > acceptedMs + 5_000, !message.hasChild("delay", NS.delay) {
            let stamp = DateTime(milliseconds: Int64(clamping: acceptedMs)).description
            message.append(Element("delay", NS.delay, ["from": from.bare.description, "stamp": stamp]))
        }
        let bytes = message.serialized()
        relay.store.journal.commit({ _ in }) { error in
            // Only now: what a full disk refused comes again, and is no repeat then.
            guard error == nil, let resource = to.resource,
                self.visits[to]?[from.bare]?.hears(message, wallMs: self.relay.store.wallNow()) == true
            else { return }
            self.relay.localPerson(to)?.session(resource)?.deliver(bytes, important: true)
        }
    }

    func arrived(live stanza: Element, to: JID) {
        guard let from = stanza["from"].flatMap({ try? JID($0) }),
            visits[to]?[from.bare]?.hears(stanza, wallMs: relay.store.wallNow()) == true,
            let resource = to.resource
        else { return }
        relay.localPerson(to)?.session(resource)?.deliver(
            stanza.serialized(), important: stanza.hasChild("body", NS.client))
    }

    /// A room speaks to a client that is not there: it should take it off its list.
    private func tell(_ room: JID, gone session: JID) {
        guard let office = relay.office(for: room.domain), session.isFull else { return }
        _ = relay.offices?.live(
            Element(
                "presence", NS.client,
                ["type": "unavailable", "from": session.description, "to": room.description]), to: office)
    }

    // MARK: The line

    func officeChanged(_ office: Office) {
        let since = relay.offices?.darkSince(office)
        guard (since == nil) != (dark[office.number] == nil) else { return }
        dark[office.number] = since
        if since == nil { sayWhatIsDue(office) }
        for (jid, rooms) in visits {
            guard let resource = jid.resource, let session = relay.localPerson(jid)?.session(resource) else {
                continue
            }
            for visit in rooms.values where visit.office == office {
                for presence in visit.seen.values {
                    session.deliver(
                        shown(presence, office, since).serialized(), important: false)
                }
                if since == nil { sayPresent(session, visit) }
            }
        }
    }

    private func sayWhatIsDue(_ office: Office) {
        for presence in unsaid.removeValue(forKey: office.number) ?? [] {
            _ = relay.offices?.live(presence, to: office)
        }
    }

    /// The room keeps those on its list that are named again after the return.
    private func sayPresent(_ session: ClientSession, _ visit: RoomVisit) {
        _ = relay.offices?.live(visit.addressed(from: session), to: visit.office)
    }

    /// Everybody there is seen to be behind the dead line, and as they were after its return.
    private func shown(_ presence: Element, _ office: Office, _ since: UInt64?) -> Element {
        guard let since else { return presence }
        var dark = presence
        dark.removeChildren { $0.matches("show", NS.client) || $0.matches("status", NS.client) }
        dark.append(Element("show", NS.client, text: "xa"))
        dark.append(Element("status", NS.client, text: PresenceRouter.darkText(office, since)))
        return dark
    }
}
