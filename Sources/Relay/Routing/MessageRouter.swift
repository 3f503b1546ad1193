internal import Bundles
internal import Carriers
internal import Storage
internal import XMPP

/// Messages: kept first, delivered when they are on the disk (RFC 6121 §5, §8).
final class MessageRouter {
    unowned let relay: Relay

    init(relay: Relay) { self.relay = relay }

    // MARK: From a client

    func accept(_ stanza: Element, to: JID, from session: ClientSession) {
        var message = withoutOwnIDs(stanza)
        if message["to"] == nil { message["to"] = session.person.bare }
        let digest = Self.digest(of: message, to: to)
        if let digest, session.person.isRepeat(digest) {
            session.management?.acknowledgeIfWorthIt(session: session)
            return
        }
        if let service = relay.router.service(for: to.domain) {
            service.receive(message, from: session.jid, to: to, by: .session(session, digest: digest))
        } else if to.domain == relay.domain {
            acceptLocal(message, to: to, from: session, digest)
        } else if let office = relay.office(for: to.domain) {
            acceptRemote(message, to: to, office, from: session, digest)
        } else {
            relay.router.refuse(
                message, StanzaError(.remoteServerNotFound, text: "No peer speaks for \(to.domain)."), session
            )
        }
    }

    private func acceptLocal(_ message: Element, to: JID, from session: ClientSession, _ digest: [UInt8]?) {
        guard let person = relay.router.person(to) else {
            return relay.router.refuse(message, relay.absence(of: to), session)
        }
        guard message["type"] != "groupchat" else {
            return relay.router.refuse(message, StanzaError(.serviceUnavailable), session)
        }
        guard !person.blocked.contains(session.jid) else {
            return relay.router.refuse(message, StanzaError(.serviceUnavailable), session)
        }
        guard case .mail = Keeping(message) else {
            deliverLive(message, to: person, resource: to.resource, sender: session)
            guard person !== session.person else { return }
            return copyToSender(message, sender: session.person, except: session, entry: nil)
        }
        guard !relay.disk.isFull else { return relay.router.refuse(message, .diskFull, session) }
        do {
            var kept = KeptStanza(
                id: relay.store.takeID(), time: relay.store.wallNow(), bytes: message.serialized())
            kept.archives = try archives(sender: session.person, recipient: person)
            keep([kept], message, session, digest) {
                self.relay.states.keptHere(kept.id, of: session.person, as: message["id"], to: person)
                self.deliver(message, kept, to: person, resource: to.resource, sender: session)
                if person !== session.person {
                    self.copyToSender(message, sender: session.person, except: session, entry: kept)
                }
            }
        } catch {
            relay.stop(because: error.description)
        }
    }

    private func acceptRemote(
        _ message: Element, to: JID, _ office: Office, from session: ClientSession, _ digest: [UInt8]?
    ) {
        guard let offices = relay.offices else { return }
        guard case .mail(let importance) = Keeping(message) else {
            guard offices.live(message, to: office) || !message.hasChild("body", NS.client) else {
                // Not to be kept, and not to be had now: whoever wrote it has to know.
                return relay.router.refuse(message, .darkOffice(office), session)
            }
            return copyToSender(message, sender: session.person, except: session, entry: nil)
        }
        guard !relay.disk.isFull else { return relay.router.refuse(message, .diskFull, session) }
        do {
            var kept = KeptStanza(
                id: relay.store.takeID(), time: relay.store.wallNow(), bytes: message.serialized())
            // What is said in a room is in the room's archive.
            if message["type"] != "groupchat" {
                kept.archives = [
                    .init(
                        account: session.person.account.id,
                        peer: try relay.store.number(of: to.bare.description),
                        incoming: false)
                ]
            }
            let parcel = try offices.parcel(
                to: office, sender: session.jid, recipient: to, importance: importance,
                size: kept.bytes.count,
                id: kept.id, time: kept.time)
            kept.outbox = parcel
            if importance == .chat || importance == .urgent {
                kept.state = StateReference(
                    account: session.person.account.id, isArchived: !kept.archives.isEmpty,
                    client: message["id"])
            }
            if importance != .receipt { relay.uploads?.wrote(session.person.account.id, to: [office]) }
            keep([kept], message, session, digest) {
                offices.committed(parcel)
                self.relay.states.changed([parcel.row.id])
                self.copyToSender(message, sender: session.person, except: session, entry: kept)
            }
        } catch let error as StanzaError {
            relay.router.refuse(message, error, session)
        } catch {
            relay.stop(because: "\(error)")
        }
    }

    private func archives(sender: Person, recipient: Person) throws(StorageError) -> [KeptStanza
        .ArchiveReference]
    {
        let incoming = KeptStanza.ArchiveReference(
            account: recipient.account.id, peer: try relay.store.number(of: sender.bare), incoming: true)
        guard sender !== recipient else { return [incoming] }
        return [
            .init(
                account: sender.account.id, peer: try relay.store.number(of: recipient.bare), incoming: false),
            incoming,
        ]
    }

    /// The promise: only when the batch is synced is the stanza counted as handled and passed on.
    /// - Parameters:
    ///   - kept: everything to write because of the message; nothing: what else was given to the journal in
    ///     this turn is waited for.
    ///   - message: what the client sent.
    func keep(
        _ kept: [KeptStanza], _ message: Element, _ session: ClientSession, _ digest: [UInt8]?,
        then deliver: @escaping () -> Void
    ) {
        let ticket = session.beginUnfinished(bytes: kept.reduce(0) { $0 + $1.bytes.count })
        if let digest { session.management?.took(digest, count: session.inbound.taken) }
        session.saveManagement(urgent: false)
        for stanza in kept { relay.store.keep(stanza, then: { _ in }) }
        relay.store.journal.commit({ _ in }) { error in
            if error == nil {
                deliver()
            } else {
                self.relay.router.refuse(message, .diskFull, session)
            }
            session.finished(ticket)
        }
    }

    /// Id, addressee and payload of a stanza; nil when it has no id to know it by.
    private static func digest(of message: Element, to: JID) -> [UInt8]? {
        guard let id = message.child("origin-id", NS.sid)?["id"] ?? message["id"], !id.isEmpty else {
            return nil
        }
        var bytes = Array(id.utf8) + [0] + Array(to.description.utf8) + [0]
        for child in message.children { child.serialize(into: &bytes, in: NS.client) }
        return Sodium.blake2b(16, bytes)
    }

    // MARK: From another office

    /// Archived at its arrival, with this box's time; the sender's time goes along (XEP-0203).
    func arrived(mail stanza: Element, from: JID, to: JID, acceptedMs: UInt64) -> MailArrival {
        var message = withoutOwnIDs(stanza)
        if message["type"] == "groupchat" {
            relay.visits.arrived(mail: message, from: from, to: to, acceptedMs: acceptedMs)
            return .settled
        }
        guard let person = relay.router.person(to), !person.blocked.contains(from) else {
            bounce(message, from: from, to: to)
            return .unwanted
        }
        if message["type"] == "error" { relay.states.bounced(message, from: from, to: person) }
        let now = relay.store.wallNow()
        if now > acceptedMs + 5_000, !message.hasChild("delay", NS.delay) {
            let stamp = DateTime(milliseconds: Int64(clamping: acceptedMs)).description
            message.append(Element("delay", NS.delay, ["from": from.domain, "stamp": stamp]))
        }
        do {
            let entry = keepIncoming(
                message, for: person, peer: try relay.store.number(of: from.bare.description), to.resource)
            return .waits(entry: entry)
        } catch {
            relay.stop(because: error.description)
            return .unwanted
        }
    }

    /// - Returns: the id of the archive entry.
    @discardableResult
    func keepIncoming(
        _ message: Element, for person: Person, peer: Int64, _ resource: String?
    ) -> Int64 {
        var kept = KeptStanza(
            id: relay.store.takeID(), time: relay.store.wallNow(), bytes: message.serialized())
        kept.archives = [.init(account: person.account.id, peer: peer, incoming: true)]
        let stanza = kept
        relay.store.keep(kept) { error in
            guard error == nil else { return }
            self.deliver(message, stanza, to: person, resource: resource, sender: nil)
        }
        return stanza.id
    }

    /// Nobody of this name here: the sender's office is told, by mail, as the line may be down again.
    private func bounce(_ message: Element, from: JID, to: JID) {
        guard let office = relay.office(for: from.domain),
            let reply = StanzaError.reply(
                to: message,
                error: relay.router.person(to) == nil
                    ? relay.absence(of: to) : StanzaError(.serviceUnavailable))
        else { return }
        relay.mail(reply, to: office, sender: to.bare, recipient: from.bare)
    }

    /// A message of a service of this box to somebody: kept, and delivered when it is on the disk.
    func post(_ message: Element, from: JID, to: JID) {
        if let office = relay.office(for: to.domain) {
            return relay.mail(message, to: office, sender: from, recipient: to)
        }
        guard let person = relay.localPerson(to) else { return }
        do {
            keepIncoming(
                message, for: person, peer: try relay.store.number(of: from.bare.description), to.resource)
        } catch {
            relay.stop(because: error.description)
        }
    }

    func arrivedLive(_ stanza: Element, to: JID) {
        if stanza["type"] == "groupchat" { return relay.visits.arrived(live: withoutOwnIDs(stanza), to: to) }
        guard let person = relay.router.person(to) else { return }
        deliverLive(withoutOwnIDs(stanza), to: person, resource: to.resource)
    }

    /// Ids in this server's name are this server's to give (XEP-0359 §4).
    func withoutOwnIDs(_ stanza: Element) -> Element {
        guard stanza.hasChild("stanza-id", NS.sid) else { return stanza }
        var message = stanza
        message.removeChildren {
            $0.matches("stanza-id", NS.sid) && ($0["by"].map { relay.isLocal($0) } ?? true)
        }
        return message
    }
}
