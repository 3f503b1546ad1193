internal import Engine
internal import Storage
internal import XMPP

/// What was said before somebody entered (XEP-0045 §7.2.13), out of the archive.
extension Room {
    func sendHistory(to session: JID, _ occupant: Occupant, _ wish: Element?) {
        guard config.has(.logging), !isLocked else { return }
        var query = ArchiveQuery()
        query.backwards = true
        query.limit = min(
            wish?["maxstanzas"].flatMap { Int($0) } ?? config.number(.historyLength),
            relay.settings.roomHistory)
        if let seconds = wish?["seconds"].flatMap({ UInt64($0) }) {
            let (ms, overflow) = seconds.multipliedReportingOverflow(by: 1_000)
            let now = relay.store.wallNow()
            query.start = overflow || ms > now ? 0 : now - ms
        }
        if let since = wish?["since"].flatMap({ try? DateTime($0) }) {
            query.start = max(query.start ?? 0, UInt64(clamping: since.milliseconds))
        }
        if lastReflected != .max { query.before = lastReflected + 1 }
        guard query.limit > 0,
            let page = relay.read(
                nil, { try relay.store.roomArchivePage(room: row.id, query, historyOnly: true) })
        else {
            return
        }
        let fitting = MessageArchive.fitting(
            page.entries.map(\.bytes.count), backwards: true, limit: relay.settings.pageBytes)
        var stanzas = page.entries[fitting].compactMap { historic($0, for: occupant) }
        if let characters = wish?["maxchars"].flatMap({ Int($0) }) {
            stanzas = Self.newest(stanzas, characters)
        }
        for var message in stanzas {
            message["to"] = session.description
            relay.router.sendLive(message, to: session)
        }
    }

    func historic(_ entry: RoomArchiveEntry, for occupant: Occupant) -> Element? {
        guard var message = try? StreamParser.parse(entry.bytes) else { return nil }
        let stamp = DateTime(milliseconds: Int64(clamping: entry.time)).description
        message.append(stanzaID(entry.id))
        if let sender = entry.sender, showsAddresses(to: occupant.role) {
            message.append(realAddress(sender))
        }
        message.append(Element("delay", NS.delay, ["from": bare, "stamp": stamp]))
        return message
    }

    /// Who said it, for clients that encrypt to people and not to nicknames.
    func realAddress(_ sender: String) -> Element {
        Element(
            "x", NS.mucUser, [:],
            [Element("item", NS.mucUser, ["jid": sender, "affiliation": state.affiliation(of: sender).text])])
    }

    /// The newest stanzas that have at most so many characters together.
    private static func newest(_ stanzas: [Element], _ characters: Int) -> [Element] {
        var left = characters
        var chosen: [Element] = []
        for stanza in stanzas.reversed() {
            left -= stanza.description.unicodeScalars.count
            guard left >= 0 else { break }
            chosen.append(stanza)
        }
        return chosen.reversed()
    }
}
