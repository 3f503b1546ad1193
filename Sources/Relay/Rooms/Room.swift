internal import Bundles
internal import Carriers
internal import Engine
internal import Storage
internal import XMPP

/// One room (XEP-0045): its durable state, and who is in it now.
final class Room {
    unowned let rooms: Rooms
    let row: RoomRow
    let jid: JID
    /// The room's bare JID.
    let bare: String
    private(set) var state: RoomState
    private(set) var config: RoomConfig
    /// Being made: its owner has not sent the form yet; it is on no disk, and nobody else enters.
    var isLocked: Bool
    private(set) var isDestroyed = false
    private(set) var occupants: [String: Occupant] = [:]
    private var bySession: [JID: Occupant] = [:]
    /// The newest archive entry that has been given to the occupants: older ones are history.
    var lastReflected: Int64 = .max
    /// The newest entry that was given to the archive.
    var lastKept: Int64 = 0
    private var counter: UInt32 = 0

    var relay: Relay { rooms.relay }

    init(rooms: Rooms, row: RoomRow, jid: JID, state: RoomState, isLocked: Bool) {
        self.rooms = rooms
        self.row = row
        self.jid = jid
        bare = jid.description
        self.state = state
        config = RoomConfig(state)
        self.isLocked = isLocked
    }

    // MARK: Registers

    /// People taken off the lists of whom the room still knows that they were on them.
    static let departedLimit = 1_000

    /// Changes registers in memory at once; on the disk in the next batch.
    /// - Parameter done: after the sync; with the error when nothing was written (memory is as before then).
    func set(_ values: [(String, String?)], then done: @escaping (StorageError?) -> Void = { _ in }) {
        let store = relay.store
        for (name, value) in values {
            let version = RoomVersion(time: rooms.clock.tick(wallMs: store.wallNow()), box: relay.box)
            let register = RoomRegister(value: value, version: version)
            state.take(name, register)
            if !isLocked { store.journal.commit(store.putRoomRegister(row.id, name, register)) }
        }
        for name in state.forgettable(keeping: Self.departedLimit) {
            state.forget(name)
            if !isLocked { store.journal.commit(store.forgetRoomRegister(row.id, name)) }
        }
        config = RoomConfig(state)
        guard !isLocked else { return done(nil) }
        store.journal.commit({ _ in }) { error in
            if error != nil { self.reload() }
            done(error)
        }
    }

    /// The room is made: from now on it is on the disk.
    func unlock(then done: @escaping (StorageError?) -> Void) {
        guard isLocked else { return done(nil) }
        isLocked = false
        let store = relay.store
        store.journal.commit(store.insertRoom(row))
        for (name, register) in state.registers {
            store.journal.commit(store.putRoomRegister(row.id, name, register))
        }
        store.journal.commit({ _ in }, then: done)
    }

    private func reload() {
        guard let kept = relay.read(nil, { try relay.store.roomState(row.id) }) else { return }
        state = kept
        config = RoomConfig(state)
    }

    func markDestroyed() {
        isDestroyed = true
        occupants.removeAll()
        bySession.removeAll()
    }

    /// Names the next event of this box in the room.
    func nextEvent() -> RoomEventName {
        counter &+= 1
        return RoomEventName(
            origin: relay.box, counter: UInt64(relay.store.epoch.counter) << 32 | UInt64(counter),
            time: rooms.clock.tick(wallMs: relay.store.wallNow()))
    }

    // MARK: Who is who

    func affiliation(_ person: JID) -> Affiliation { state.affiliation(of: person.bare.description) }
    func affiliation(_ occupant: Occupant) -> Affiliation { state.affiliation(of: occupant.bare) }
    var owners: Int { state.memberships.count { $0.membership.affiliation == .owner } }

    func occupant(nick: String?) -> Occupant? { nick.flatMap { occupants[$0] } }
    func occupant(session: JID) -> Occupant? { bySession[session] }
    func occupants(of bareJID: String) -> [Occupant] { occupants.values.filter { $0.bare == bareJID } }

    /// XEP-0421: the same for a person in every session and under every nickname; tells nothing to who has not the key.
    func occupantID(_ bareJID: String) -> String {
        let key = state["key"].flatMap { try? Base64.decode($0, .url) } ?? []
        return Base64.encode(Sodium.blake2b(16, Array(bareJID.utf8), key: Array(key)), .url)
    }

    /// Whether somebody in this role sees real addresses.
    func showsAddresses(to role: RoomRole) -> Bool { config.isNonAnonymous || role == .moderator }

    // MARK: Coming and going, in memory only

    func add(_ occupant: Occupant) {
        occupants[occupant.nick] = occupant
        for session in occupant.sessions { bySession[session.jid] = occupant }
    }

    func put(_ session: Occupant.Session, for occupant: Occupant) {
        occupant.put(session)
        bySession[session.jid] = occupant
    }

    func rename(_ occupant: Occupant, to nick: String) {
        occupants[occupant.nick] = nil
        occupant.nick = nick
        occupants[nick] = occupant
    }

    /// Takes one client out; true when it was the occupant's last.
    func drop(_ session: JID, of occupant: Occupant) -> Bool {
        bySession[session] = nil
        occupant.remove(session)
        guard occupant.sessions.isEmpty else { return false }
        occupants[occupant.nick] = nil
        return true
    }

    func drop(_ occupant: Occupant) {
        for session in occupant.sessions { bySession[session.jid] = nil }
        occupants[occupant.nick] = nil
    }

    var sessionCount: Int { bySession.count }

    func address(_ nick: String?) -> String { nick.map { bare + "/" + $0 } ?? bare }
}
