internal import Engine
internal import Storage
internal import XMPP

/// Moderators take back what others said (XEP-0425 0.3): a tombstone in the archive, a word to everybody.
extension Room {
    func moderate(_ request: RoomRequest) {
        do {
            guard let moderator = occupant(session: request.from), moderator.role == .moderator else {
                throw StanzaError(.forbidden, text: "Only moderators take back what others said.")
            }
            guard request.payload.name == "moderate", request.payload.hasChild("retract", NS.retraction)
            else {
                throw StanzaError(.featureNotImplemented, text: "A message can be retracted, nothing else.")
            }
            guard let text = request.payload["id"], let id = relay.archiveIDs.entry(text, account: -row.id),
                let entry = try relay.store.roomArchiveEntry(room: row.id, id: id),
                let said = try? StreamParser.parse(entry.bytes)
            else { throw StanzaError(.itemNotFound, text: "The archive has no such message.") }
            guard !relay.disk.isFull else { throw StanzaError.diskFull }
            retract(
                said, id: id, text, by: moderator, reason: request.payload.child("reason", NS.moderation),
                request)
        } catch let error as StanzaError {
            request.error(error)
        } catch {
            relay.stop(because: "\(error)")
        }
    }

    private func retract(
        _ said: Element, id: Int64, _ text: String, by moderator: Occupant, reason: Element?,
        _ request: RoomRequest
    ) {
        let moderated = Element(
            "moderated", NS.moderation, ["by": address(moderator.nick)],
            [Element("occupant-id", NS.occupantID, ["id": moderator.id])])
        let why = reason.map { [Element("reason", NS.retraction, text: $0.text)] } ?? []
        let now = DateTime(milliseconds: Int64(clamping: relay.store.wallNow())).description
        var tombstone = said
        tombstone.removeChildren { $0.namespace != NS.occupantID }
        tombstone.append(Element("retracted", NS.retraction, ["stamp": now, "id": text], [moderated] + why))
        relay.store.journal.commit(relay.store.replaceRoomPayload(id, with: tombstone.serialized()))
        announce(
            Element(
                "message", NS.client, ["type": "groupchat", "from": bare, "id": Token.random(bytes: 9)],
                [Element("retract", NS.retraction, ["id": text], [moderated] + why)]))
        relay.store.journal.commit({ _ in }) { error in
            if error == nil { request.result([]) } else { request.error(.diskFull) }
        }
    }
}
