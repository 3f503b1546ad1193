internal import Carriers
internal import Relay
internal import Storage
internal import XMPP

/// `privacy`: what this box holds about a person, and its removal.
extension ControlHandler {
    func privacyShow(_ arguments: [String: String]) -> ControlResponse {
        guard let (jid, localpart) = privacyAddress(arguments) else { return noAddress(arguments) }
        do {
            let bare = jid.description
            let held = try box.store.heldData(of: bare, localpart: localpart)
            let hasAccount = localpart.map { box.store.account($0) != nil } ?? false
            return .document(
                PrivacyDocument(
                    jid: bare, account: hasAccount,
                    office: Explicit(box.postOffice.office(for: jid.domain)?.name),
                    held: held.filter { $0.count > 0 }.map {
                        .init(what: $0.what, count: $0.count, names: $0.names)
                    }))
        } catch {
            return .failure(ExitStatus.failed, error.description)
        }
    }

    func privacyErase(_ arguments: [String: String], _ reply: @escaping Reply) {
        guard let (jid, localpart) = privacyAddress(arguments) else { return reply(noAddress(arguments)) }
        guard let localpart else {
            let place = box.postOffice.office(for: jid.domain)?.name ?? "their own office"
            return reply(
                .failure(
                    ExitStatus.badInput,
                    "\(jid) is no person of this office: erase them at \(place); its box takes back here what it has told of them."
                ))
        }
        let account = box.store.account(localpart)
        let finish = { (error: StorageError?) in
            if let error { return reply(.failure(ExitStatus.failed, error.description)) }
            box.store.forgetTraces(of: localpart, account: account?.id) { error in
                reply(
                    error.map { .failure(ExitStatus.failed, $0.description) }
                        ?? self.privacyShow(["jid": jid.description]))
            }
        }
        guard let account else { return finish(nil) }
        box.relay.endSubscriptions(of: localpart)
        box.relay.endSessions(of: localpart, removed: true)
        box.store.removeAccount(account) { finish($0) }
    }

    func privacySweep(_ reply: @escaping Reply) {
        box.sweepArchives { result in
            switch result {
            case .success(let removed): reply(.document(SweepDocument(removed: removed)))
            case .failure(let error): reply(.failure(ExitStatus.failed, error.description))
            }
        }
    }

    /// The address, and the part before the @ if it is one of this office.
    private func privacyAddress(_ arguments: [String: String]) -> (JID, localpart: String?)? {
        let text = arguments["jid"] ?? ""
        let domain = box.configuration.box.domain
        let full = text.contains("@") ? text : "\(text)@\(domain)"
        guard let jid = try? JID(full).bare, let localpart = jid.localpart else { return nil }
        return (jid, jid.domain == domain ? localpart : nil)
    }

    private func noAddress(_ arguments: [String: String]) -> ControlResponse {
        .failure(ExitStatus.badInput, "'\(arguments["jid"] ?? "")' is no address of a person.")
    }
}

extension Box {
    /// What is older than `lifetime.archive` goes.
    func sweepArchives(then done: @escaping (Result<Int, StorageError>) -> Void) {
        let age = UInt64(clamping: configuration.limits.archiveLifetime.milliseconds)
        let now = store.wallNow()
        store.sweepArchives(before: now - min(now, age), then: done)
    }
}

struct PrivacyDocument: Encodable {
    struct Held: Encodable {
        let what: String
        let count: Int
        let names: [String]
    }

    var version = 1
    let jid: String
    let account: Bool
    /// The peer that speaks for the address; null for one of this office or of none.
    let office: Explicit<String>
    let held: [Held]
}

struct SweepDocument: Encodable {
    var version = 1
    let removed: Int
}
