internal import Engine
internal import Storage
internal import XMPP

/// The owner's form and the end of a room over `muc#owner` (XEP-0045 §10).
extension Room {
    func own(_ request: RoomRequest) {
        guard affiliation(request.from) == .owner else {
            return request.error(StanzaError(.forbidden, text: "Only owners configure a room."))
        }
        guard request.isSet else {
            return request.result([Element("query", NS.mucOwner, [:], [configurationForm])])
        }
        if let destroy = request.payload.child("destroy", NS.mucOwner) { return end(destroy, request) }
        guard let form = request.payload.child("x", NS.dataForms) else {
            return request.error(StanzaError(.badRequest))
        }
        switch form["type"] {
        case "submit": submit(DataForm(form), request)
        case "cancel":
            request.result([])
            if isLocked { abandon() }
        default: request.error(StanzaError(.badRequest))
        }
    }

    var configurationForm: Element {
        var form = DataForm(kind: "form", type: NS.mucRoomConfig)
        form.title = "Settings of \(bare)"
        for setting in RoomSetting.allCases {
            let type: String
            var options: [String] = []
            switch setting.kind {
            case .text, .number: type = "text-single"
            case .secret: type = "text-private"
            case .flag: type = "boolean"
            case .choice(let choices):
                type = "list-single"
                options = choices
            }
            form.add(setting.field, type, config[setting], label: setting.label, options: options)
        }
        return form.element
    }

    private func submit(_ form: DataForm, _ request: RoomRequest) {
        guard form.type == nil || form.type == NS.mucRoomConfig else {
            return request.error(StanzaError(.badRequest))
        }
        let before = config
        var changes: [(String, String?)] = []
        for setting in RoomSetting.allCases {
            guard let value = form[setting.field] else { continue }
            guard let normal = setting.normal(value) else {
                return request.error(
                    StanzaError(
                        .notAcceptable, text: "\(setting.label): “\(value.prefix(40))” is no value for it."))
            }
            if normal != before[setting] { changes.append((setting.register, normal)) }
        }
        var next = config
        for setting in RoomSetting.allCases {
            if let change = changes.first(where: { $0.0 == setting.register }), let value = change.1 {
                next.set(setting, value)
            }
        }
        guard !next.has(.passwordProtected) || !next[.password].isEmpty else {
            return request.error(StanzaError(.notAcceptable, text: "A room with a password needs one."))
        }
        guard !relay.disk.isFull else { return request.error(.diskFull) }
        let isNew = isLocked
        set(changes)
        let finish: (StorageError?) -> Void = { error in
            guard error == nil else {
                if isNew { self.rooms.remove(self) }
                return request.error(.diskFull)
            }
            request.result([])
            if !isNew { self.show(changesFrom: before) }
        }
        if isNew { unlock(then: finish) } else { relay.store.journal.commit({ _ in }, then: finish) }
    }

    /// Tells the occupants what has changed for them (§10.2.1), and removes who may not stay.
    private func show(changesFrom before: RoomConfig) {
        guard before != config, !isDestroyed else { return }
        var codes: [Int] = []
        if before.has(.logging) != config.has(.logging) { codes.append(config.has(.logging) ? 170 : 171) }
        if before.isNonAnonymous != config.isNonAnonymous { codes.append(config.isNonAnonymous ? 172 : 173) }
        codes.append(104)
        let details = Element(
            "x", NS.mucUser, [:], codes.map { Element("status", NS.mucUser, ["code": String($0)]) })
        reflectLive(
            Element(
                "message", NS.client, ["type": "groupchat", "from": bare, "id": Token.random(bytes: 9)],
                [details]),
            importantIf: true)
        if config.has(.membersOnly), !before.has(.membersOnly) {
            for occupant in occupants.values where affiliation(occupant) == .none {
                expel(occupant, PresenceNews(statuses: [322]))
            }
        }
        if before.isNonAnonymous != config.isNonAnonymous {
            for occupant in occupants.values { broadcast(occupant) }
        }
        rooms.removeIfUnused(self)
    }

    // MARK: The end

    private func abandon() {
        for occupant in occupants.values { expel(occupant, PresenceNews()) }
        rooms.removeIfUnused(self)
    }

    private func end(_ destroy: Element, _ request: RoomRequest) {
        var told = Element(
            "destroy", NS.mucUser, ["jid": destroy["jid"].flatMap { try? JID($0) }?.description])
        if let reason = destroy.child("reason", NS.mucOwner)?.text {
            told.append(Element("reason", NS.mucUser, text: String(reason.prefix(RoomSetting.textBytes))))
        }
        let last = Array(occupants.values)
        for occupant in last {
            // Each hears of its own end only: there is nobody to see the others go.
            show(
                occupant, to: occupant,
                PresenceNews(
                    isUnavailable: true, affiliation: Affiliation.none, role: RoomRole.none, destroyed: told))
        }
        rooms.remove(self) { error in
            if error == nil { request.result([]) } else { request.error(.diskFull) }
        }
    }
}
