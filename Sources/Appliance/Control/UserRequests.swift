internal import Bundles
internal import Relay
internal import Storage
internal import XMPP

extension ControlHandler {
    func addUser(_ arguments: [String: String], _ reply: @escaping Reply) {
        let name = arguments["localpart"] ?? ""
        guard let jid = try? JID(localpart: name, domain: box.configuration.box.domain, resource: nil),
            let localpart = jid.localpart
        else {
            return reply(
                .failure(ExitStatus.badInput, "'\(name)' cannot be the part before the @ of an address."))
        }
        guard !box.store.isTaken(localpart) else {
            return reply(.failure(ExitStatus.failed, "\(jid) exists; 'user password' changes its password."))
        }
        let section = arguments["section"]
        guard section.map(isSection) ?? true else {
            return reply(noSection)
        }
        credentials(arguments, reply) { sha1, sha256, generated in
            box.store.addAccount(
                localpart: localpart, admin: arguments["admin"] == "true", section: section, sha1: sha1,
                sha256: sha256
            ) { error in
                reply(
                    error.map { .failure(ExitStatus.failed, $0.description) }
                        ?? .document(UserDocument(jid: jid.description, password: generated)))
            }
        }
    }

    /// Bytes of a section's name at most.
    private static let sectionLimit = 100

    private func isSection(_ text: String) -> Bool {
        (1...Self.sectionLimit).contains(text.utf8.count)
            && text.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F }
    }

    private var noSection: ControlResponse {
        .failure(
            ExitStatus.badInput,
            "A section has 1 to \(Self.sectionLimit) bytes, and no control characters.")
    }

    func setSection(_ arguments: [String: String], _ reply: @escaping Reply) {
        guard let account = account(arguments, reply) else { return }
        let section = arguments["section"]
        guard section.map(isSection) ?? true else { return reply(noSection) }
        box.store.setSection(section, of: account) { error in
            reply(
                error.map { .failure(ExitStatus.failed, $0.description) }
                    ?? .document(UserDocument(jid: address(account), password: nil)))
        }
    }

    func setPassword(_ arguments: [String: String], _ reply: @escaping Reply) {
        guard let account = account(arguments, reply) else { return }
        credentials(arguments, reply) { sha1, sha256, generated in
            box.store.setPassword(of: account, sha1: sha1, sha256: sha256) { error in
                box.relay.endSessions(of: account.localpart, removed: false)
                reply(
                    error.map { .failure(ExitStatus.failed, $0.description) }
                        ?? .document(UserDocument(jid: address(account), password: generated)))
            }
        }
    }

    func removeUser(_ arguments: [String: String], _ reply: @escaping Reply) {
        guard let account = account(arguments, reply) else { return }
        var moved: String?
        if let target = arguments["to"] {
            guard let jid = try? JID(target), jid.localpart != nil, jid.isBare,
                jid.description != address(account)
            else { return reply(.failure(ExitStatus.badInput, "'\(target)' is no address to move to.")) }
            moved = jid.description
        }
        box.relay.endSubscriptions(of: account.localpart)
        box.relay.endSessions(of: account.localpart, removed: true)
        box.store.removeAccount(account, movedTo: moved) { error in
            reply(
                error.map { .failure(ExitStatus.failed, $0.description) }
                    ?? .document(UserDocument(jid: address(account), password: nil)))
        }
    }

    func disableUser(_ arguments: [String: String], _ reply: @escaping Reply) {
        guard let account = account(arguments, reply) else { return }
        let isDisabled = arguments["undo"] != "true"
        box.store.setDisabled(isDisabled, of: account) { error in
            if isDisabled { box.relay.endSessions(of: account.localpart, removed: false) }
            reply(
                error.map { .failure(ExitStatus.failed, $0.description) }
                    ?? .document(UserDocument(jid: address(account), password: nil)))
        }
    }

    func userSessions(_ arguments: [String: String], _ reply: @escaping Reply) {
        guard let account = account(arguments, reply) else { return }
        guard box.isServing else {
            return reply(.failure(ExitStatus.unreachable, "The box does not run, so nobody has a session."))
        }
        if arguments["revoke"] == "true" {
            box.store.journal.commit({ try $0.removeTokens(account: account.id) })
            box.relay.endSessions(of: account.localpart, removed: false)
        }
        reply(
            .document(
                SessionListDocument(
                    jid: address(account),
                    sessions: box.relay.sessionReport(of: account.localpart).map {
                        .init(resource: $0.resource, connected: $0.connected, seconds: $0.seconds)
                    })))
    }

    func userList() -> ControlResponse {
        .document(
            UserListDocument(
                users: box.store.accounts.map { account in
                    .init(
                        jid: address(account), admin: account.admin, disabled: account.disabled,
                        section: Explicit(account.section),
                        sessions: Explicit(
                            box.isServing ? box.relay.sessionCount(of: account.localpart) : nil))
                }))
    }

    private func address(_ account: Account) -> String {
        "\(account.localpart)@\(box.configuration.box.domain)"
    }

    private func account(_ arguments: [String: String], _ reply: Reply) -> Account? {
        let name = arguments["localpart"] ?? ""
        let folded = (try? JID(localpart: name, domain: box.configuration.box.domain, resource: nil))?
            .localpart
        guard let folded, let account = box.store.account(folded) else {
            reply(.failure(ExitStatus.badInput, "There is no user '\(name)'; 'user list' shows them."))
            return nil
        }
        return account
    }

    private func credentials(
        _ arguments: [String: String], _ reply: Reply,
        _ body: (_ sha1: [UInt8], _ sha256: [UInt8], _ generated: String?) -> Void
    ) {
        let generated = arguments["password"] == nil ? Base64.encode(Sodium.randomBytes(12), .url) : nil
        let password = arguments["password"] ?? generated ?? ""
        do {
            let verifiers = try PasswordVerifiers(password)
            body(verifiers.sha1, verifiers.sha256, generated)
        } catch {
            reply(.failure(ExitStatus.badInput, error.description))
        }
    }
}
