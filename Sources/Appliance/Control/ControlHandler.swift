internal import Bundles
internal import Storage

/// Carries out the requests of the command line on a box, serving or not.
struct ControlHandler {
    let box: Box
    let conversation: ControlConversation
    /// Who asks: the part before the @; empty for the command line.
    var administrator = ""

    typealias Reply = (ControlResponse) -> Void

    func handle(_ request: ControlRequest, reply: @escaping Reply) {
        let arguments = request.arguments
        let reply = noting(request, reply)
        switch request.command {
        case "card": reply(card())
        case "user.add": addUser(arguments, reply)
        case "user.section": setSection(arguments, reply)
        case "user.password": setPassword(arguments, reply)
        case "user.remove": removeUser(arguments, reply)
        case "user.disable": disableUser(arguments, reply)
        case "user.sessions": userSessions(arguments, reply)
        case "user.list": reply(userList())
        case "user.invite": invite(arguments, reply)
        case "user.invites": reply(invitationList())
        case "user.uninvite": uninvite(arguments, reply)
        case "status": reply(status())
        case "doctor": reply(doctorFacts())
        case "privacy.show": reply(privacyShow(arguments))
        case "privacy.erase": privacyErase(arguments, reply)
        case "privacy.sweep": privacySweep(reply)
        case "audit": reply(audit())
        case "history": reply(history(arguments))
        case "queue.list": reply(queueList(arguments))
        case "queue.hold": queueHold(arguments, reply)
        case "queue.release": queueRelease(arguments, reply)
        case "queue.drop": queueDrop(arguments, reply)
        case "peer.list": reply(peerList())
        case "peer.add": reply(addPeer(arguments))
        case "peer.replace": reply(replacePeer(arguments))
        case "peer.remove": reply(removePeer(arguments))
        case _ where request.command.hasPrefix("backup."): handleBackup(request, reply)
        case _ where request.command.hasPrefix("bundle."): handleBundle(request, reply)
        default: reply(.failure(ExitStatus.usage, "This box does not know the request \(request.command)."))
        }
    }

    private func card() -> ControlResponse {
        guard let card = box.card else {
            return .failure(ExitStatus.badInput, "The addresses in [box] cannot be put on a card.")
        }
        return .document(
            CardDocument(
                card: card.text, name: card.name, domain: card.domain, key: card.fingerprint,
                addresses: card.addresses))
    }
}
