internal import Carriers
internal import Engine
internal import Storage
internal import XMPP

/// Private messages between occupants (XEP-0045 §7.5): mail of the two people, in their own archives.
extension Room {
    func whisper(_ stanza: Element, from: JID, to: JID, by arrival: Arrival) {
        do {
            guard let occupant = occupant(session: from) else {
                throw StanzaError(.notAcceptable, text: "You are not in this room.")
            }
            guard stanza["type"] != "groupchat" else {
                throw StanzaError(
                    .badRequest, text: "A message to everybody goes to the room's bare address.")
            }
            guard let target = self.occupant(nick: to.resource) else {
                throw StanzaError(.itemNotFound, text: "Nobody here has the nickname \(to.resource ?? "").")
            }
            guard mayWhisper(occupant, target) else {
                throw StanzaError(.forbidden, text: "Private messages are not allowed for you in this room.")
            }
            var message = cleaned(stanza, of: occupant)
            message.append(Element("x", NS.mucUser))
            guard case .mail(let importance) = Keeping(message) else {
                return whisperLive(message, to: target)
            }
            guard !relay.disk.isFull else { throw StanzaError.diskFull }
            try keep(message, stanza, importance, to: target, arrival)
        } catch let error as StanzaError {
            relay.router.refuse(stanza, error, from: from, to: to, by: arrival)
        } catch {
            relay.stop(because: "\(error)")
        }
    }

    private func mayWhisper(_ occupant: Occupant, _ target: Occupant) -> Bool {
        if occupant.role == .moderator { return true }
        switch config[.allowPrivateMessages] {
        case "anyone": return true
        case "participants": return occupant.role >= .participant
        case "moderators": return target.role == .moderator
        default: return false
        }
    }

    private func whisperLive(_ message: Element, to target: Occupant) {
        for session in target.sessions {
            var addressed = message
            addressed["to"] = session.jid.description
            relay.router.sendLive(addressed, to: session.jid, important: false)
        }
    }

    private func keep(
        _ message: Element, _ stanza: Element, _ importance: MailImportance, to target: Occupant,
        _ arrival: Arrival
    ) throws {
        let store = relay.store
        let peer = try store.number(of: bare)
        var kept: [KeptStanza] = []
        if case .session(let session, _) = arrival {
            // As it was sent: to the nickname.
            var sent = KeptStanza(id: store.takeID(), time: store.wallNow(), bytes: stanza.serialized())
            sent.archives = [.init(account: session.person.account.id, peer: peer, incoming: false)]
            kept.append(sent)
        }
        let local = target.sessions.filter { relay.localPerson($0.jid) != nil }.map(\.jid)
        var entry: Int64?
        if let first = local.first, let person = relay.localPerson(first) {
            var addressed = message
            addressed["to"] = first.description
            var incoming = KeptStanza(
                id: store.takeID(), time: store.wallNow(), bytes: addressed.serialized())
            incoming.archives = [.init(account: person.account.id, peer: peer, incoming: true)]
            entry = incoming.id
            kept.append(incoming)
        }
        // Mail for another office is in the same transaction; where its queue has no room, nothing is kept
        // and the sender is told.
        var parcels: [KeptStanza.OutboxReference] = []
        for session in target.sessions.map(\.jid) where !local.contains(session) {
            guard let mail = try mail(message, to: session, importance) else { continue }
            parcels.append(mail.parcel)
            kept.append(mail.kept)
        }
        let deliver = {
            for parcel in parcels { self.relay.offices?.committed(parcel) }
            if let entry { self.deliver(message, entry, to: local) }
        }
        if case .session(let session, let digest) = arrival {
            relay.messages.keep(kept, stanza, session, digest, then: deliver)
        } else {
            for one in kept { store.keep(one, then: { _ in }) }
            store.journal.commit({ _ in }) { error in if error == nil { deliver() } }
        }
    }

    private func deliver(_ message: Element, _ entry: Int64, to sessions: [JID]) {
        guard let person = sessions.first.flatMap({ relay.localPerson($0) }), person.arrived(entry) else {
            return
        }
        for jid in sessions {
            guard let resource = jid.resource, let session = person.session(resource) else { continue }
            var stamped = message.adding(relay.messages.stanzaID(entry, of: person))
            stamped["to"] = jid.description
            let addressed = stamped.serialized()
            session.deliverMail(entry: entry) { addressed }
        }
    }
}
