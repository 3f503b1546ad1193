internal import Carriers
internal import Engine
internal import Storage
internal import XMPP

/// What is said in a room (XEP-0045 §7.4, §8.1): kept first, reflected when it is on the disk.
extension Room {
    func say(_ stanza: Element, from: JID, by arrival: Arrival) {
        do {
            guard let occupant = occupant(session: from) else {
                throw StanzaError(.notAcceptable, text: "You are not in this room.")
            }
            guard occupant.role > .visitor else {
                throw StanzaError(.forbidden, text: "You have no voice in this room; ask for it.")
            }
            let message = cleaned(stanza, of: occupant)
            if Self.isSubject(message) { try checkSubject(occupant) }
            guard case .mail(let importance) = Keeping(message) else {
                return reflectLive(message, importantIf: false)
            }
            guard !relay.disk.isFull else { throw StanzaError.diskFull }
            try keep(message, importance, sender: from.bare.description, stanza, arrival)
        } catch let error as StanzaError {
            relay.router.refuse(stanza, error, from: from, to: jid, by: arrival)
        } catch {
            relay.stop(because: "\(error)")
        }
    }

    /// The room's own message to everybody: kept like what people say.
    func announce(_ message: Element) {
        do {
            try keep(message, .chat, sender: nil, message, .live)
        } catch {
            relay.stop(because: "\(error)")
        }
    }

    /// As it goes to everybody: from the nickname, without an addressee and without what only the room says.
    func cleaned(_ stanza: Element, of occupant: Occupant) -> Element {
        var message = stanza
        message["to"] = nil
        message["from"] = address(occupant.nick)
        message.removeChildren { child in
            child.namespace == NS.mucUser || child.namespace == NS.occupantID
                || child.namespace == NS.moderation
                || child.matches("delay", NS.delay) || child.firstChild(in: NS.moderation) != nil
                || (child.matches("stanza-id", NS.sid) && (child["by"].map { relay.isLocal($0) } ?? true))
        }
        message.append(Element("occupant-id", NS.occupantID, ["id": occupant.id]))
        return message
    }

    // MARK: Keeping

    private func keep(
        _ message: Element, _ importance: MailImportance, sender: String?, _ stanza: Element,
        _ arrival: Arrival
    ) throws {
        let store = relay.store
        let id = store.takeID()
        let isArchived = config.has(.logging)
        if lastReflected == .max { lastReflected = id - 1 }
        var stamped = message
        var kept: [KeptStanza] = []
        if isArchived {
            var entry = KeptStanza(id: id, time: store.wallNow(), bytes: message.serialized())
            let number = try sender.map { text throws(StorageError) in try store.number(of: text) }
            entry.room = .init(
                room: row.id, sender: number ?? 0, event: nextEvent(),
                isHistory: importance != .receipt && !Self.isSubject(message))
            kept.append(entry)
            stamped.append(stanzaID(id))
        }
        var mailed: Set<JID> = []
        var parcels: [KeptStanza.OutboxReference] = []
        for session in occupants.values.flatMap(\.sessions) {
            guard session.missedAfter == nil else {
                mailed.insert(session.jid)
                continue
            }
            do {
                guard let mail = try mail(stamped, to: session.jid, importance) else { continue }
                mailed.insert(session.jid)
                parcels.append(mail.parcel)
                kept.append(mail.kept)
            } catch {
                // Without an archive nobody could give it to them later: whoever says it is told now.
                guard isArchived || sender == nil else { throw error }
                mailed.insert(session.jid)
                if isArchived { owe(session.jid, from: id) }
            }
        }
        if isArchived { lastKept = id }
        if sender != nil, Self.isSubject(message) { set([(Self.subjectRegister, message.description)]) }
        let reflect = {
            self.lastReflected = max(self.lastReflected, id)
            for parcel in parcels { self.relay.offices?.committed(parcel) }
            self.reflect(stamped, id, importance, alreadyMailed: mailed)
        }
        if case .session(let session, let digest) = arrival {
            if importance != .receipt {
                let offices = mailed.compactMap { relay.office(for: $0.domain) }
                relay.uploads?.wrote(session.person.account.id, to: Set(offices))
            }
            relay.messages.keep(kept, stanza, session, digest, then: reflect)
        } else {
            for entry in kept { store.keep(entry, then: { _ in }) }
            store.journal.commit({ _ in }) { error in if error == nil { reflect() } }
        }
    }

    /// What the room says to somebody of another office is mail: it survives a cut.
    /// - Throws: why its office's queue does not take it.
    func mail(
        _ message: Element, to session: JID, _ importance: MailImportance
    ) throws(StanzaError) -> (kept: KeptStanza, parcel: KeptStanza.OutboxReference)? {
        guard let office = relay.office(for: session.domain), let offices = relay.offices else { return nil }
        var addressed = message
        addressed["to"] = session.description
        let store = relay.store
        var kept = KeptStanza(id: store.takeID(), time: store.wallNow(), bytes: addressed.serialized())
        let parcel = try offices.parcel(
            to: office, sender: jid, recipient: session, importance: importance, size: kept.bytes.count,
            id: kept.id, time: kept.time)
        kept.outbox = parcel
        return (kept, parcel)
    }

    private func reflect(
        _ message: Element, _ id: Int64, _ importance: MailImportance, alreadyMailed: Set<JID>
    ) {
        guard !isDestroyed else { return }
        for session in occupants.values.flatMap(\.sessions) where !alreadyMailed.contains(session.jid) {
            var addressed = message
            addressed["to"] = session.jid.description
            if let office = relay.office(for: session.jid.domain) {
                // It entered while this was being written.
                relay.mail(addressed, to: office, sender: jid, recipient: session.jid) { _ in
                    self.owe(session.jid, from: id)
                }
            } else {
                relay.router.sendLive(addressed, to: session.jid)
            }
        }
        guard importance == .chat, !Self.isSubject(message) else { return }
        for occupant in occupants.values where address(occupant.nick) != message["from"] {
            guard let person = occupant.sessions.first.flatMap({ relay.localPerson($0.jid) }) else {
                continue
            }
            relay.push.saidInRoom(to: person)
        }
    }

    /// Typing and the like: to who is there, never on a disk.
    func reflectLive(_ message: Element, importantIf important: Bool) {
        for session in occupants.values.flatMap(\.sessions) {
            var addressed = message
            addressed["to"] = session.jid.description
            relay.router.sendLive(addressed, to: session.jid, important: important)
        }
    }

    func stanzaID(_ id: Int64) -> Element {
        Element("stanza-id", NS.sid, ["id": relay.archiveIDs.text(account: -row.id, entry: id), "by": bare])
    }

    // MARK: Subject

    static let subjectRegister = "subject"

    private static func isSubject(_ message: Element) -> Bool {
        message.hasChild("subject", NS.client) && !message.hasChild("body", NS.client)
            && !message.hasChild("thread", NS.client)
    }

    private func checkSubject(_ occupant: Occupant) throws(StanzaError) {
        guard occupant.role == .moderator || config.has(.changeSubject) else {
            throw StanzaError(.forbidden, text: "Only moderators change the subject of this room.")
        }
    }

    /// The last subject as it was set, with when that was.
    var subject: Element? {
        guard let register = state.registers[Self.subjectRegister], let text = register.value,
            var message = try? StreamParser.parse(Array(text.utf8))
        else { return nil }
        let stamp = DateTime(milliseconds: Int64(clamping: register.version.wallMs)).description
        message.append(Element("delay", NS.delay, ["from": bare, "stamp": stamp]))
        return message
    }

    /// Ends the entering: also an empty subject is sent (§7.2.15).
    func sendSubject(to session: JID) {
        var message =
            subject
            ?? Element(
                "message", NS.client, ["type": "groupchat", "from": bare], [Element("subject", NS.client)])
        message["to"] = session.description
        relay.router.sendLive(message, to: session)
    }
}
