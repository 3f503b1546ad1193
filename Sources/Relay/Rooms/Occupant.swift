internal import Carriers
internal import Engine
internal import XMPP

/// Somebody who is in a room: one nickname, one or more clients of the same person.
final class Occupant {
    /// One client of the occupant.
    struct Session {
        let jid: JID
        /// Its last available presence.
        var presence: Element
        /// Set while the line to its office is down, and until it has been heard of again.
        var unheard = false
        /// Set while its office's queue is full: the last entry of the archive that was queued for it.
        var missedAfter: Int64?
    }

    /// The real bare JID.
    let bare: String
    /// XEP-0421.
    let id: String
    var nick: String
    var role: RoomRole
    private(set) var sessions: [Session]

    init(session: Session, nick: String, role: RoomRole, id: String) {
        bare = session.jid.bare.description
        self.id = id
        self.nick = nick
        self.role = role
        sessions = [session]
    }

    func session(_ jid: JID) -> Session? { sessions.first { $0.jid == jid } }

    /// Adds a client, or takes over its newer presence.
    func put(_ session: Session) {
        if let index = sessions.firstIndex(where: { $0.jid == session.jid }) {
            let missed = sessions[index].missedAfter
            sessions[index] = session
            sessions[index].missedAfter = missed
        } else {
            sessions.append(session)
        }
    }

    func remove(_ jid: JID) { sessions.removeAll { $0.jid == jid } }

    func misses(_ jid: JID, after entry: Int64?) {
        guard let index = sessions.firstIndex(where: { $0.jid == jid }) else { return }
        sessions[index].missedAfter = entry
    }

    func heard(_ jid: JID) {
        guard let index = sessions.firstIndex(where: { $0.jid == jid }), sessions[index].unheard else {
            return
        }
        sessions[index].unheard = false
    }

    func lost(_ office: Office) {
        for index in sessions.indices where office.speaks(for: sessions[index].jid.domain) {
            sessions[index].unheard = true
        }
    }
}
