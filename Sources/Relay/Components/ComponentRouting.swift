internal import Carriers
internal import XMPP

/// Where the stanzas of a component go.
extension Component {
    /// A stanza of the component's, in the box's namespace.
    func received(_ stanza: Element) {
        guard ["message", "presence", "iq"].contains(stanza.name), stanza.namespace == NS.client else {
            socket?.fail(StreamError(.unsupportedStanzaType))
            return
        }
        guard let from = stanza["from"].flatMap({ try? JID($0) }), from.domain == domain else {
            socket?.fail(StreamError(.invalidFrom, text: "A stanza's from is an address at \(domain)."))
            return
        }
        guard let to = stanza["to"].flatMap({ try? JID($0) }) else {
            socket?.fail(StreamError(.improperAddressing, text: "A stanza needs an address in its to."))
            return
        }
        guard !stanza.isLonger(than: relay.settings.writtenBytes) else {
            let error = StanzaError(.policyViolation, text: "Written out, this stanza is too long.")
            return refuse(stanza, error)
        }
        stanza.name == "iq" ? routeIQ(stanza, from: from, to: to) : route(stanza, from: from, to: to)
    }

    private func refuse(_ stanza: Element, _ error: StanzaError) {
        guard let reply = StanzaError.reply(to: stanza, error: error) else { return }
        socket?.send(reply)
    }

    private func routeIQ(_ stanza: Element, from: JID, to: JID) {
        let type = stanza["type"] ?? ""
        guard let id = stanza["id"], !id.isEmpty, ["get", "set", "result", "error"].contains(type) else {
            return refuse(stanza, StanzaError(.badRequest, text: "An iq has an id and one of four types."))
        }
        if type == "result" || type == "error" {
            guard takes(answer: stanza, from: from, to: to) else { return }
            if relay.push.answered(stanza, from: from, to: to) { return }
            relay.router.sendLive(stanza, to: to)
        } else if stanza.children.count != 1 {
            refuse(stanza, StanzaError(.badRequest, text: "A request has one payload."))
        } else {
            route(stanza, from: from, to: to)
        }
    }

    private func route(_ stanza: Element, from: JID, to: JID) {
        if let service = relay.router.service(for: to.domain) {
            service.receive(stanza, from: from, to: to, by: .live)
        } else if to.domain == relay.domain {
            routeLocal(stanza, from: from, to: to)
        } else if let office = relay.office(for: to.domain) {
            routeRemote(stanza, from: from, to: to, office)
        } else {
            refuse(stanza, StanzaError(.remoteServerNotFound, text: "No peer speaks for \(to.domain)."))
        }
    }

    private func routeLocal(_ stanza: Element, from: JID, to: JID) {
        switch stanza.name {
        case "iq": relay.router.routeLocalIQ(stanza, to: to, from: from, session: nil)
        case "presence": presence(stanza, from: from, to: to)
        default: message(stanza, from: from, to: to)
        }
    }

    private func message(_ stanza: Element, from: JID, to: JID) {
        guard let person = relay.localPerson(to) else { return refuse(stanza, relay.absence(of: to)) }
        let message = relay.messages.withoutOwnIDs(stanza)
        let isGroupChat = stanza["type"] == "groupchat"
        guard !person.blocked.contains(from), !isGroupChat || to.resource != nil else {
            return refuse(stanza, StanzaError(.serviceUnavailable))
        }
        guard case .mail = Keeping(message), !isGroupChat else {
            return relay.messages.deliverLive(message, to: person, resource: to.resource)
        }
        guard !relay.disk.isFull else { return refuse(stanza, .diskFull) }
        relay.messages.post(message, from: from, to: to)
    }

    private func routeRemote(_ stanza: Element, from: JID, to: JID, _ office: Office) {
        if stanza.name == "message", case .mail = Keeping(stanza) {
            guard !relay.disk.isFull else { return refuse(stanza, .diskFull) }
            return relay.mail(stanza, to: office, sender: from, recipient: to, importance: .chat) {
                self.refuse(stanza, $0)
            }
        }
        guard relay.offices?.live(stanza, to: office) == true else {
            return refuse(stanza, .darkOffice(office))
        }
    }
}
