internal import Storage
internal import XMPP

/// Push notifications (XEP-0357 0.4): a client names an app server, which is told that messages wait for
/// the account while none of its clients is here. It is told how many; never what they say nor from whom.
enum Push {
    static let module = Extension(accountFeatures: [NS.push], queries: [NS.push: handle])

    @Sendable private static func handle(_ request: IQRequest) -> IQAnswer {
        guard let session = request.session, request.isForSender || request.account == nil else {
            return .error(StanzaError(.forbidden, text: "Push is for one's own account."))
        }
        guard request.isSet else { return .error(StanzaError(.badRequest)) }
        do throws(StanzaError) {
            switch request.payload.name {
            case "enable": try enable(request, session.person)
            case "disable": try disable(request, session.person)
            default: throw StanzaError(.badRequest)
            }
            return .later
        } catch {
            return .error(error)
        }
    }

    private static func enable(_ request: IQRequest, _ person: Person) throws(StanzaError) {
        let push = request.relay.push
        if let service = request.payload["jid"].flatMap({ try? JID($0) }), !push.canReach(service) {
            throw StanzaError(
                .remoteServerNotFound,
                text: "\(service.domain) is neither a component of this box nor in another office.")
        }
        guard !request.relay.disk.isFull else { throw .diskFull }
        try push.enable(request.payload, of: person) { done(request, $0) }
    }

    private static func disable(_ request: IQRequest, _ person: Person) throws(StanzaError) {
        guard let service = request.payload["jid"].flatMap({ try? JID($0) }) else {
            throw StanzaError(.jidMalformed, text: "Name the app server in jid.")
        }
        request.relay.push.disable(service, node: request.payload["node"], of: person) { done(request, $0) }
    }

    private static func done(_ request: IQRequest, _ error: StorageError?) {
        request.reply(error == nil ? .result([]) : .error(.diskFull))
    }
}
