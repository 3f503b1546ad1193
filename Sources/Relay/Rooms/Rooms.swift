internal import Bundles
internal import Carriers
internal import Engine
internal import Storage
internal import XMPP

/// The rooms of this box, at `rooms.DOMAIN` (XEP-0045).
final class Rooms: Service {
    unowned let relay: Relay
    let domain: String
    let name = "Rooms"
    private(set) var rooms: [String: Room] = [:]
    var clock = HybridClock()
    /// What must reach people behind a dead line before anything else when it returns: who left meanwhile.
    var farewells: [Int64: [(to: JID, presence: Element)]] = [:]
    /// Offices whose line is down, by their number.
    var dark: [Int64: UInt64] = [:]
    /// Some client is owed what its office's queue had no room for.
    var hasArrears = false
    private var nextRoom: Int64 = 1

    /// Presences kept for one office while its line is down.
    static let farewellLimit = 2_000
    /// The name of a room, bytes.
    static let nameBytes = 256

    init(relay: Relay) {
        self.relay = relay
        domain = "rooms." + relay.domain
        do {
            nextRoom = try relay.store.highestRoom() + 1
            try load()
        } catch {
            relay.stop(because: "The rooms cannot be read: \(error)")
        }
    }

    private func load() throws {
        var newest: UInt64 = 0
        for row in try relay.store.rooms() {
            let state = try relay.store.roomState(row.id)
            newest = max(newest, state.newestTime)
            guard RoomConfig(state).has(.isPersistent) else {
                // Nobody is in it after a start.
                relay.store.journal.commit(relay.store.removeRoom(row.id))
                continue
            }
            let jid = try JID(localpart: row.localpart, domain: domain, resource: nil)
            rooms[row.localpart] = Room(rooms: self, row: row, jid: jid, state: state, isLocked: false)
        }
        clock = HybridClock(floor: newest)
    }

    var all: [Room] { rooms.values.sorted { $0.row.localpart < $1.row.localpart } }
    func room(_ jid: JID) -> Room? { jid.localpart.flatMap { rooms[$0] } }

    // MARK: Stanzas

    func receive(_ stanza: Element, from: JID, to: JID, by arrival: Arrival) {
        if to.localpart == nil { return receiveForService(stanza, from: from, to: to, by: arrival) }
        room(to)?.occupant(session: from)?.heard(from)
        switch stanza.name {
        case "presence": receivePresence(stanza, from: from, to: to, by: arrival)
        case "message": receiveMessage(stanza, from: from, to: to, by: arrival)
        default: receiveIQ(stanza, from: from, to: to, by: arrival)
        }
    }

    private func receivePresence(_ stanza: Element, from: JID, to: JID, by arrival: Arrival) {
        switch stanza["type"] {
        case nil: enter(stanza, from: from, to: to, by: arrival)
        case "unavailable": room(to)?.leave(from, stanza)
        case "error": room(to)?.vanished(from, stanza)
        default: break
        }
    }

    private func receiveMessage(_ stanza: Element, from: JID, to: JID, by arrival: Arrival) {
        guard let room = room(to), !room.isLocked || room.occupant(session: from) != nil else {
            return relay.router.refuse(
                stanza, StanzaError(.itemNotFound, text: "There is no such room."), from: from, to: to,
                by: arrival)
        }
        if stanza["type"] == "error" { return room.vanished(from, stanza) }
        if to.resource != nil {
            room.whisper(stanza, from: from, to: to, by: arrival)
        } else if stanza["type"] == "groupchat" {
            room.say(stanza, from: from, by: arrival)
        } else {
            room.receiveRequest(stanza, from: from, by: arrival)
        }
    }

    func refuse(_ stanza: Element, _ error: StanzaError, to: JID) {
        guard let reply = StanzaError.reply(to: stanza, error: error) else { return }
        relay.router.sendLive(reply, to: to)
    }

    // MARK: Making and ending rooms

    /// A new, locked room, or why it cannot be made.
    func make(_ jid: JID, by person: JID) throws(StanzaError) -> Room {
        guard let localpart = jid.localpart, localpart.utf8.count <= Self.nameBytes else {
            throw StanzaError(.notAcceptable, text: "The name of a room has at most \(Self.nameBytes) bytes.")
        }
        guard relay.localPerson(person) != nil else {
            throw StanzaError(
                .notAllowed, text: "Only people of this office make rooms here; there is no \(jid.bare).")
        }
        guard rooms.count < relay.settings.rooms else {
            throw StanzaError(.resourceConstraint, text: "This box has too many rooms.")
        }
        guard !relay.disk.isFull else { throw .diskFull }
        do {
            let bare = person.bare.description
            let creator = try relay.store.number(of: bare)
            guard rooms.values.count(where: { $0.row.creator == creator }) < relay.settings.roomsPerAccount
            else {
                throw StanzaError(
                    .resourceConstraint,
                    text: "You have made \(relay.settings.roomsPerAccount) rooms; destroy one first.")
            }
            let row = RoomRow(
                id: nextRoom, localpart: localpart, creator: creator, created: relay.store.wallNow())
            nextRoom += 1
            let room = Room(rooms: self, row: row, jid: jid.bare, state: RoomState(), isLocked: true)
            room.set([
                ("key", Base64.encode(Sodium.randomBytes(32), .url)),
                (RoomState.affiliationPrefix + bare, RoomMembership(.owner).encoded),
            ])
            rooms[localpart] = room
            return room
        } catch let error as StanzaError {
            throw error
        } catch {
            relay.stop(because: "\(error)")
            throw StanzaError(.internalServerError)
        }
    }

    /// Takes a room out of memory and off the disk.
    func remove(_ room: Room, then done: @escaping (StorageError?) -> Void = { _ in }) {
        rooms[room.row.localpart] = nil
        let wasStored = !room.isLocked
        room.markDestroyed()
        guard wasStored else { return done(nil) }
        relay.store.journal.commit(relay.store.removeRoom(room.row.id), then: done)
    }

    /// After somebody left: a room that is not kept goes with the last one.
    func removeIfUnused(_ room: Room) {
        guard room.occupants.isEmpty, !room.isDestroyed else { return }
        if room.isLocked || !room.config.has(.isPersistent) { remove(room) }
    }

    /// An account was removed: so are its memberships.
    func forget(_ bare: String) {
        for room in all where room.state.membership(of: bare) != nil {
            room.set([(RoomState.affiliationPrefix + bare, nil)])
        }
    }

    func shutDown() {
        for room in all { room.shutDown() }
    }
}
