internal import Storage
internal import XMPP

/// A query of XEP-0313 §4 and XEP-0059 as the store understands it.
struct ArchiveRequest {
    var query = ArchiveQuery()
    /// Entries asked for by id.
    var ids: [Int64]?
    /// The full address that entries are from or to, when one was asked for.
    var fullAddress: String?
    /// Nothing can match.
    var isEmpty = false
    /// Set when an id is not in the archive.
    var missing: StanzaError?

    init(_ payload: Element, account: Int64, relay: Relay) throws(StanzaError) {
        query.limit = 50
        if let form = payload.child("x", NS.dataForms) { try read(form, account, relay) }
        if let set = payload.child("set", NS.rsm) { try read(paging: set, account, relay) }
    }

    private mutating func read(_ form: Element, _ account: Int64, _ relay: Relay) throws(StanzaError) {
        for field in form.children("field", NS.dataForms) {
            let values = field.children("value", NS.dataForms).map(\.text)
            guard let name = field["var"], let value = values.first else { continue }
            switch name {
            case "FORM_TYPE": guard value == NS.mam2 else { throw StanzaError(.badRequest) }
            case "with":
                // Rooms are negative: their archives are not searched for a person, who may be anonymous.
                guard account > 0 else {
                    throw StanzaError(.featureNotImplemented, text: "Unknown field with.")
                }
                try setWith(value, relay)
            case "start": query.start = try Self.time(value)
            case "end": query.end = try Self.time(value)
            case "after-id": query.after = try entry(value, account, relay)
            case "before-id": query.before = try entry(value, account, relay)
            case "ids":
                guard values.count <= MessageArchive.pageLimit else { throw StanzaError(.resourceConstraint) }
                var found: [Int64] = []
                for value in values { found.append(try entry(value, account, relay)) }
                ids = found
            default: throw StanzaError(.featureNotImplemented, text: "Unknown field \(name).")
            }
        }
    }

    private mutating func setWith(_ value: String, _ relay: Relay) throws(StanzaError) {
        guard let jid = try? JID(value) else { throw StanzaError(.jidMalformed) }
        do {
            if jid.isFull { fullAddress = jid.description }
            query.with = try relay.store.knownNumber(of: jid.bare.description)
        } catch {
            throw StanzaError(.internalServerError)
        }
        if query.with == nil { isEmpty = true }
    }

    private mutating func read(paging set: Element, _ account: Int64, _ relay: Relay) throws(StanzaError) {
        if let max = set.child("max", NS.rsm)?.text {
            guard let limit = Int(max), limit >= 0 else { throw StanzaError(.badRequest) }
            query.limit = min(limit, MessageArchive.pageLimit)
        }
        if let after = set.child("after", NS.rsm)?.text, !after.isEmpty {
            query.after = max(query.after ?? 0, try entry(after, account, relay))
        }
        if let before = set.child("before", NS.rsm) {
            query.backwards = true
            if !before.text.isEmpty {
                query.before = min(query.before ?? .max, try entry(before.text, account, relay))
            }
        }
    }

    private mutating func entry(_ text: String, _ account: Int64, _ relay: Relay) throws(StanzaError) -> Int64
    {
        guard let entry = relay.archiveIDs.entry(text, account: account) else {
            missing = StanzaError(.itemNotFound, text: "The archive has no such id.")
            return 0
        }
        return entry
    }

    private static func time(_ text: String) throws(StanzaError) -> UInt64 {
        guard let time = try? DateTime(text) else {
            throw StanzaError(.badRequest, text: "Not a time: \(text)")
        }
        return UInt64(clamping: time.milliseconds)
    }
}
