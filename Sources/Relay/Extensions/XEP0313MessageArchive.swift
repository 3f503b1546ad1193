internal import Carriers
internal import Storage
internal import XMPP

/// Message archive management (XEP-0313 1.1) with paging (XEP-0059). Grows at the end only.
enum MessageArchive {
    static let module = Extension(
        accountFeatures: [NS.mam2, NS.mam2Extended, NS.rsm], queries: [NS.mam2: handle])

    /// Entries of one page, whatever was asked for.
    static let pageLimit = 250

    @Sendable private static func handle(_ request: IQRequest) -> IQAnswer {
        guard let session = request.session, request.isForSender else {
            return .error(StanzaError(.forbidden))
        }
        switch (request.payload.name, request.isSet) {
        case ("query", true): return query(request, session)
        case ("query", false): return .result([form()])
        case ("metadata", false): return metadata(request, session)
        case ("prefs", _): return .result([Element("prefs", NS.mam2, ["default": "always"])])
        default: return .error(StanzaError(.badRequest))
        }
    }

    // MARK: Query

    private static func query(_ request: IQRequest, _ session: ClientSession) -> IQAnswer {
        let account = session.person.account.id
        let relay = request.relay
        do {
            let asked = try ArchiveRequest(request.payload, account: account, relay: relay)
            if let missing = asked.missing { return .error(missing) }
            var entries: [ArchiveEntry]
            var complete = true
            var ends: (Int64, Int64)?
            if let ids = asked.ids {
                entries = []
                for id in ids {
                    guard let entry = try relay.store.archiveEntry(account: account, id: id) else {
                        return .error(StanzaError(.itemNotFound))
                    }
                    entries.append(entry)
                }
            } else if asked.isEmpty {
                entries = []
            } else if let full = asked.fullAddress {
                let search = try ArchiveSearch(asked.query, address: full, account: account, relay)
                (entries, complete, ends) = (search.entries, search.isComplete, search.ends)
            } else {
                (entries, complete) = try relay.store.archivePage(account: account, asked.query)
                let fitting = fitting(
                    entries.map(\.bytes.count), backwards: asked.query.backwards,
                    limit: relay.settings.pageBytes)
                if fitting.count < entries.count {
                    entries = Array(entries[fitting])
                    complete = false
                }
            }
            let reversed = request.payload.hasChild("flip-page", NS.mam2)
            for entry in reversed ? entries.reversed() : entries {
                send(entry, queryID: request.payload["queryid"], to: session)
            }
            if ends == nil, let first = entries.first, let last = entries.last {
                ends = (first.id, last.id)
            }
            request.reply(.result([fin(ends, complete: complete, account: account, relay)]))
            return .later
        } catch let error as StanzaError {
            return .error(error)
        } catch {
            relay.stop(because: "\(error)")
            return .error(StanzaError(.internalServerError))
        }
    }

    /// The part of a page that one answer may hold, shortened at the end that is read last; at least one
    /// entry, so that whoever asks comes forward.
    static func fitting(_ sizes: [Int], backwards: Bool, limit: Int) -> Range<Int> {
        var bytes = 0
        var count = 0
        for size in backwards ? sizes.reversed() : sizes {
            bytes += size
            guard count == 0 || bytes <= limit else { break }
            count += 1
        }
        return backwards ? sizes.count - count..<sizes.count : 0..<count
    }

    private static func send(_ entry: ArchiveEntry, queryID: String?, to session: ClientSession) {
        guard let message = try? StreamParser.parse(entry.bytes) else { return }
        let stamp = DateTime(milliseconds: Int64(clamping: entry.time)).description
        let id = session.relay.archiveIDs.text(account: session.person.account.id, entry: entry.id)
        let forwarded = Element(
            "forwarded", NS.forward, [:], [Element("delay", NS.delay, ["stamp": stamp]), message])
        let result = Element("result", NS.mam2, ["queryid": queryID, "id": id], [forwarded])
        session.send(
            Element("message", NS.client, ["from": session.person.bare, "to": session.fullText], [result]),
            entry: entry.incoming ? entry.id : nil)
    }

    static func fin(_ ends: (Int64, Int64)?, complete: Bool, account: Int64, _ relay: Relay) -> Element {
        var set = Element("set", NS.rsm)
        if let ends {
            set.append(Element("first", NS.rsm, text: relay.archiveIDs.text(account: account, entry: ends.0)))
            set.append(Element("last", NS.rsm, text: relay.archiveIDs.text(account: account, entry: ends.1)))
        }
        return Element("fin", NS.mam2, ["complete": complete ? "true" : nil], [set])
    }

    // MARK: The rest

    private static func metadata(_ request: IQRequest, _ session: ClientSession) -> IQAnswer {
        .result([metadata(of: session.person)])
    }

    /// The first and the last entry of somebody's archive (§5).
    static func metadata(of person: Person) -> Element {
        let relay = person.relay
        var metadata = Element("metadata", NS.mam2)
        let ends = relay.read(nil) { try relay.store.archiveEnds(account: person.account.id) }
        guard let ends else { return metadata }
        for (name, side) in [("start", ends.first), ("end", ends.last)] {
            metadata.append(
                Element(
                    name, NS.mam2,
                    [
                        "id": relay.archiveIDs.text(account: person.account.id, entry: side.0),
                        "timestamp": DateTime(milliseconds: Int64(clamping: side.1)).description,
                    ]))
        }
        return metadata
    }

    static func form(hasWith: Bool = true) -> Element {
        let fields: [(String, String)] = [
            ("with", "jid-single"), ("start", "text-single"), ("end", "text-single"),
            ("before-id", "text-single"), ("after-id", "text-single"), ("ids", "list-multi"),
        ]
        var form = Element("x", NS.dataForms, ["type": "form"])
        form.append(
            Element(
                "field", NS.dataForms, ["type": "hidden", "var": "FORM_TYPE"],
                [Element("value", NS.dataForms, text: NS.mam2)]))
        for (name, type) in fields where hasWith || name != "with" {
            form.append(Element("field", NS.dataForms, ["type": type, "var": name]))
        }
        return Element("query", NS.mam2, [:], [form])
    }
}
