internal import Carriers
internal import Storage
internal import XMPP

/// People of other offices in this box's rooms, while their line goes down and comes back.
extension Rooms {
    /// Milliseconds after a line's return in which an office names again who of its people is in a room.
    static let confirmationMs: UInt64 = 30_000

    func officeChanged(_ office: Office) {
        let since = relay.offices?.darkSince(office)
        let before = dark[office.number]
        guard (since == nil) != (before == nil) else { return }
        dark[office.number] = since
        if since != nil { wentDown(office) } else { cameBack(office) }
    }

    /// They stay listed, and are seen to be behind a dead line.
    private func wentDown(_ office: Office) {
        for room in all {
            for occupant in room.occupants.values where occupant.isOf(office) {
                occupant.lost(office)
                room.broadcast(occupant)
            }
        }
    }

    private func cameBack(_ office: Office) {
        for (session, presence) in farewells.removeValue(forKey: office.number) ?? [] {
            relay.router.sendLive(presence, to: session, important: false)
        }
        for room in all {
            let theirs = room.occupants.values.filter { $0.isOf(office) }
            for occupant in theirs {
                // What they missed of the others, then that they are seen again.
                for other in room.occupants.values where other !== occupant { room.show(other, to: occupant) }
                room.broadcast(occupant)
            }
        }
        relay.schedule(afterMs: Self.confirmationMs) { self.removeUnheard(office) }
    }

    /// Who left, or whose box forgot them, while the line was down.
    private func removeUnheard(_ office: Office) {
        guard dark[office.number] == nil else { return }
        for room in all {
            for occupant in room.occupants.values {
                for session in occupant.sessions
                where session.unheard && office.speaks(for: session.jid.domain) {
                    room.lose(session.jid, of: occupant)
                }
            }
        }
    }
}

extension Occupant {
    func isOf(_ office: Office) -> Bool { sessions.contains { office.speaks(for: $0.jid.domain) } }
}
