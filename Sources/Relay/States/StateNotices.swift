internal import Carriers
internal import Storage
internal import XMPP

/// The few states that are also told by a message: what was given up or refused, and what came after all.
/// The box writes it, and it is in the archive as any message.
extension StateBook {
    /// Mail that was queued here will not come any more.
    func ended(mail stanza: [UInt8], id: Int64, to office: Office, because end: MailEnd) {
        do {
            let message = try StreamParser.parse(stanza)
            guard message.name == "message", let sender = message.address("from"),
                let person = relay.localPerson(sender)
            else { return }
            let reason =
                switch end {
                case .expired: "the line to \(office.name) did not return in time."
                case .dropped(let why): "an administrator has dropped it: \(why)"
                }
            notice(
                "was not delivered: \(reason)", message, id, end == .expired ? .expired : .dropped, person)
        } catch {
            // What this box has written itself and cannot read any more is damaged.
            relay.stop(because: "A message that waits to leave cannot be read: \(error)")
        }
    }

    /// The other office has said what became of a message.
    func corrected(_ row: MessageStateRow, to state: MessageState, by office: Office) {
        guard let account = relay.store.accounts.first(where: { $0.id == row.account }),
            let person = relay.person(account.localpart)
        else { return }
        let bytes = relay.read(nil) { try relay.store.payload(row.id) }
        let to = relay.read(nil) { try relay.store.jid(number: row.recipient) } ?? office.domain
        var message = Element("message", NS.client, ["id": row.client, "to": to])
        if let bytes {
            message = relay.read(message) { try StreamParser.parse(bytes) }
        }
        let text =
            switch state {
            case .refused: "was not delivered: the box of \(office.name) did not take it."
            case .delivered: "was delivered after all."
            default: "has arrived at \(office.name) after all."
            }
        notice(text, message, row.id, state, person)
    }

    /// A message came back with an error from its addressee.
    func bounced(_ error: Element, from: JID, to person: Person) {
        guard let id = error["id"] else { return }
        do {
            let account = person.account.id
            guard let row = try relay.store.reader.messageState(account: account, client: id),
                try relay.store.knownNumber(of: from.bare.description) == row.recipient
            else { return }
            let wall = relay.store.wallNow()
            relay.store.journal.commit({ try $0.setState([row.id], .refused, wall: wall) }) { failure in
                if failure == nil { self.changed([row.id]) }
            }
        } catch {
            relay.stop(because: error.description)
        }
    }

    private func notice(
        _ text: String, _ message: Element, _ id: Int64, _ state: MessageState, _ person: Person
    ) {
        let to = message["to"] ?? relay.domain
        let quote = message.child("body", NS.client)?.text ?? "(encrypted)"
        let body = "Your message to \(to) \(text) It said: \(quote)"
        let isArchived = message["type"] != "groupchat"
        let report = MessageReport(
            account: person.account.id, client: message["id"], archive: isArchived ? id : nil, to: to,
            state: state, changed: relay.store.wallNow())
        let notice = Element(
            "message", NS.client,
            ["from": relay.domain, "to": person.bare, "type": "normal", "id": Token.random(bytes: 9)],
            [Element("body", NS.client, text: body), report.element(relay.archiveIDs)])
        do {
            relay.messages.keepIncoming(
                notice, for: person, peer: try relay.store.number(of: relay.domain), nil)
        } catch {
            relay.stop(because: error.description)
        }
    }
}
