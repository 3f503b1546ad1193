internal import Carriers
internal import Engine
internal import Storage
internal import XMPP

/// The archive of a room (XEP-0313 §6.3): for who is in it and for its members, also from outside.
extension Room {
    func readArchive(_ request: RoomRequest) {
        guard config.has(.logging) else { return request.error(StanzaError(.featureNotImplemented)) }
        guard mayRead(request.from) else {
            return request.error(
                StanzaError(.forbidden, text: "The archive is for members and those in the room."))
        }
        switch (request.payload.name, request.isSet) {
        case ("query", true): query(request)
        case ("query", false): request.result([MessageArchive.form(hasWith: false)])
        case ("metadata", false): metadata(request)
        default: request.error(StanzaError(.badRequest))
        }
    }

    private func mayRead(_ person: JID) -> Bool {
        let affiliation = affiliation(person)
        guard affiliation != .outcast else { return false }
        return affiliation >= .member || occupant(session: person) != nil
    }

    private func query(_ request: RoomRequest) {
        do {
            let asked = try ArchiveRequest(request.payload, account: -row.id, relay: relay)
            if let missing = asked.missing { return request.error(missing) }
            var entries: [RoomArchiveEntry] = []
            var complete = true
            if let ids = asked.ids {
                for id in ids {
                    guard let entry = try relay.store.roomArchiveEntry(room: row.id, id: id) else {
                        return request.error(StanzaError(.itemNotFound))
                    }
                    entries.append(entry)
                }
            } else {
                (entries, complete) = try relay.store.roomArchivePage(room: row.id, asked.query)
                let fitting = MessageArchive.fitting(
                    entries.map(\.bytes.count), backwards: asked.query.backwards,
                    limit: relay.settings.pageBytes)
                if fitting.count < entries.count {
                    entries = Array(entries[fitting])
                    complete = false
                }
            }
            let seesAddresses = showsAddresses(
                to: occupant(session: request.from)?.role
                    ?? (affiliation(request.from) >= .admin ? .moderator : .none))
            let reversed = request.payload.hasChild("flip-page", NS.mam2)
            for entry in reversed ? entries.reversed() : entries { send(entry, seesAddresses, request) }
            let ends = entries.isEmpty ? nil : (entries[0].id, entries[entries.count - 1].id)
            request.result([MessageArchive.fin(ends, complete: complete, account: -row.id, relay)])
        } catch let error as StanzaError {
            request.error(error)
        } catch {
            relay.stop(because: "\(error)")
        }
    }

    private func send(_ entry: RoomArchiveEntry, _ seesAddresses: Bool, _ request: RoomRequest) {
        guard var message = try? StreamParser.parse(entry.bytes) else { return }
        message.append(stanzaID(entry.id))
        if seesAddresses, let sender = entry.sender { message.append(realAddress(sender)) }
        let stamp = DateTime(milliseconds: Int64(clamping: entry.time)).description
        let forwarded = Element(
            "forwarded", NS.forward, [:], [Element("delay", NS.delay, ["stamp": stamp]), message])
        let id = relay.archiveIDs.text(account: -row.id, entry: entry.id)
        let result = Element(
            "result", NS.mam2, ["queryid": request.payload["queryid"], "id": id], [forwarded])
        relay.router.sendLive(
            Element("message", NS.client, ["from": bare, "to": request.from.description], [result]),
            to: request.from)
    }

    private func metadata(_ request: RoomRequest) {
        var metadata = Element("metadata", NS.mam2)
        if let ends = relay.read(nil, { try relay.store.roomArchiveEnds(room: row.id) }) {
            for (name, side) in [("start", ends.first), ("end", ends.last)] {
                metadata.append(
                    Element(
                        name, NS.mam2,
                        [
                            "id": relay.archiveIDs.text(account: -row.id, entry: side.0),
                            "timestamp": DateTime(milliseconds: Int64(clamping: side.1)).description,
                        ]))
            }
        }
        request.result([metadata])
    }
}
