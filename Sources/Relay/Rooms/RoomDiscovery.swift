internal import Engine
internal import Storage
internal import XMPP

/// What the service and its rooms tell of themselves (XEP-0045 §6).
extension Rooms {
    /// Rooms in one list.
    static let listLimit = 1_000

    func receiveForService(_ stanza: Element, from: JID, to: JID, by arrival: Arrival) {
        guard stanza.name == "iq", stanza["type"] == "get", let payload = stanza.firstChild else {
            if stanza.name == "presence" || stanza["type"] == "result" { return }
            return refuse(stanza, StanzaError(.serviceUnavailable), to: from)
        }
        let request = RoomRequest(rooms: self, stanza: stanza, payload: payload, from: from)
        switch payload.namespace {
        case NS.discoInfo:
            guard payload["node"] == nil else { return request.error(StanzaError(.itemNotFound)) }
            var query = Element("query", NS.discoInfo)
            query.append(
                Element("identity", NS.discoInfo, ["category": "conference", "type": "text", "name": name]))
            for feature in Self.features { query.append(Element("feature", NS.discoInfo, ["var": feature])) }
            request.result([query])
        case NS.discoItems:
            var query = Element("query", NS.discoItems, ["node": payload["node"]])
            guard payload["node"] == nil else { return request.result([query]) }
            for room in all.filter({ $0.config.has(.isPublic) && !$0.isLocked }).prefix(Self.listLimit) {
                query.append(Element("item", NS.discoItems, ["jid": room.bare, "name": room.shownName]))
            }
            request.result([query])
        case NS.mucUnique:
            request.result([Element("unique", NS.mucUnique, text: uniqueName())])
        case NS.ping: request.result([])
        default: request.error(StanzaError(.serviceUnavailable))
        }
    }

    private static let features = [
        NS.discoInfo, NS.discoItems, NS.ping, NS.muc, NS.mucUnique, NS.occupantID, NS.mam2, NS.sid,
        NS.mucSelfPing,
    ]

    private func uniqueName() -> String {
        while true {
            let name = Token.random(bytes: 15).lowercased()
            if rooms[name] == nil { return name }
        }
    }
}

extension Room {
    var shownName: String { config[.name].isEmpty ? row.localpart : config[.name] }

    func describe(_ request: RoomRequest) {
        let node = request.payload["node"]
        if let node, node != "x-roomuser-item" { return request.error(StanzaError(.itemNotFound)) }
        var query = Element("query", NS.discoInfo, ["node": node])
        if node != nil {
            // §7.12: the nickname that is kept for whoever asks.
            if let nick = state.membership(of: request.from.bare.description)?.nick {
                query.append(
                    Element(
                        "identity", NS.discoInfo, ["category": "conference", "type": "text", "name": nick]))
            }
            return request.result([query])
        }
        query.append(
            Element("identity", NS.discoInfo, ["category": "conference", "type": "text", "name": shownName]))
        for feature in features { query.append(Element("feature", NS.discoInfo, ["var": feature])) }
        query.append(information)
        request.result([query])
    }

    private var features: [String] {
        var features = [
            NS.discoInfo, NS.discoItems, NS.ping, NS.muc, NS.mucStableID, NS.mucSelfPing, NS.occupantID,
            NS.sid,
            NS.moderation, NS.retraction, NS.mucRequest,
        ]
        if config.has(.logging) { features += [NS.mam2, NS.mam2Extended, NS.rsm] }
        features.append(config.has(.isPublic) ? "muc_public" : "muc_hidden")
        features.append(config.has(.isPersistent) ? "muc_persistent" : "muc_temporary")
        features.append(config.has(.membersOnly) ? "muc_membersonly" : "muc_open")
        features.append(config.has(.moderated) ? "muc_moderated" : "muc_unmoderated")
        features.append(config.isNonAnonymous ? "muc_nonanonymous" : "muc_semianonymous")
        features.append(config.password == nil ? "muc_unsecured" : "muc_passwordprotected")
        return features
    }

    private var information: Element {
        var form = DataForm(kind: "result", type: NS.mucRoomInfo)
        form.add("muc#roominfo_description", "text-single", config[.description], label: "Description")
        form.add("muc#roominfo_lang", "text-single", config[.language], label: "Language")
        form.add(
            "muc#roominfo_occupants", "text-single", String(occupants.count), label: "Number of occupants")
        // Who may not enter does not read the subject either.
        if !config.has(.membersOnly), config.password == nil {
            form.add(
                "muc#roominfo_subject", "text-single", subject?.child("subject", NS.client)?.text ?? "",
                label: "Subject")
        }
        form.add(
            "muc#roominfo_subjectmod", "boolean", config[.changeSubject],
            label: "Everybody may change the subject")
        form.add("muc#roomconfig_roomname", "text-single", config[.name], label: "Name")
        form.add(
            "{http://prosody.im/protocol/muc}roomconfig_allowmemberinvites", "boolean", config[.allowInvites])
        return form.element
    }

    /// Who is in the room: for those in it, and for everybody where it is listed and open.
    func listOccupants(_ request: RoomRequest) {
        var query = Element("query", NS.discoItems)
        let isOpen = config.has(.isPublic) && !config.has(.membersOnly) && config.password == nil
        let isOutcast = affiliation(request.from) == .outcast
        if occupant(session: request.from) != nil || affiliation(request.from) >= .member
            || (isOpen && !isOutcast)
        {
            for nick in occupants.keys.sorted() {
                query.append(Element("item", NS.discoItems, ["jid": address(nick), "name": nick]))
            }
        }
        request.result([query])
    }
}
