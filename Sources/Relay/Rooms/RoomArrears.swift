internal import Carriers
internal import Storage
internal import XMPP

/// What a room owes to clients of another office whose queue has been full: it is in the archive, and goes
/// out of it, in order, as the queue has room again.
extension Room {
    /// Messages that one client gets at a time.
    private static let atOnce = 50

    /// The client misses what the room says from this entry on.
    func owe(_ session: JID, from entry: Int64) {
        guard let occupant = occupant(session: session), occupant.session(session)?.missedAfter == nil else {
            return
        }
        occupant.misses(session, after: entry - 1)
        rooms.hasArrears = true
    }

    /// Sends what is owed as far as there is room.
    /// - Returns: false when nothing is owed any more.
    func payArrears() -> Bool {
        var owes = false
        for occupant in occupants.values {
            for session in occupant.sessions {
                guard let after = session.missedAfter else { continue }
                pay(session.jid, occupant, after: after)
                owes = owes || occupant.session(session.jid)?.missedAfter != nil
            }
        }
        return owes
    }

    private func pay(_ session: JID, _ occupant: Occupant, after: Int64) {
        var query = ArchiveQuery()
        query.after = after
        query.limit = Self.atOnce
        let page = relay.read(([], false)) {
            try relay.store.roomArchivePage(room: row.id, query)
        }
        for entry in page.0 {
            guard let message = historic(entry, for: occupant) else { continue }
            do {
                guard let mail = try mail(message, to: session, .chat) else { return }
                relay.store.keep(mail.kept) { error in
                    if error == nil {
                        self.relay.offices?.committed(mail.parcel)
                    } else {
                        // A full disk: it is owed again.
                        occupant.misses(session, after: min(entry.id - 1, occupant.owed(session) ?? .max))
                        self.rooms.hasArrears = true
                    }
                }
                occupant.misses(session, after: entry.id)
            } catch {
                return
            }
        }
        // What is being written now is not in the archive yet.
        if page.1, relay.store.journal.isIdle || page.0.isEmpty && lastKept <= after {
            occupant.misses(session, after: nil)
        }
    }
}

extension Rooms {
    /// Called every two seconds.
    func payArrears() {
        guard hasArrears else { return }
        hasArrears = false
        for room in all where room.payArrears() { hasArrears = true }
    }
}

extension Occupant {
    func owed(_ session: JID) -> Int64? { self.session(session)?.missedAfter }
}
