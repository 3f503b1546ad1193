internal import NIOCore
internal import Relay
internal import Storage

/// Carries out what administrators ask over their own streams, and notes what they did.
struct ConsoleRequests {
    let box: Box

    /// What may be asked, and whether it destroys something: then the password is asked for again.
    private static let commands: [String: Bool] = [
        "status": false, "history": false, "audit": false, "card": false, "queue.list": false,
        "queue.hold": false, "queue.release": false, "queue.drop": true, "peer.list": false,
        "peer.add": true, "peer.replace": true, "peer.remove": true, "user.list": false, "user.add": true,
        "user.section": false, "user.password": true, "user.disable": true, "user.remove": true,
        "user.sessions": false, "user.invite": false, "user.invites": false, "user.uninvite": false,
    ]

    func carryOut(_ request: Administration.Request, reply: @escaping (Int32, String) -> Void) {
        guard let destroys = Self.commands[request.command] else {
            return reply(ExitStatus.usage, "The console does not know the request \(request.command).")
        }
        let revokes = request.command == "user.sessions" && request.arguments["revoke"] == "true"
        guard request.isFresh || !(destroys || revokes) else {
            return reply(ExitStatus.notPermitted, "password")
        }
        let control = ControlRequest(request.command, request.arguments)
        let handler = ControlHandler(
            box: box, conversation: ControlConversation(), administrator: request.administrator)
        handler.handle(control) { reply($0.code, $0.document ?? $0.error ?? "") }
    }
}

extension ControlHandler {
    /// Requests that change something are noted, whoever asks.
    private static let changing: Set<String> = [
        "user.add", "user.section", "user.password", "user.remove", "user.disable", "user.invite",
        "user.uninvite", "peer.add", "peer.replace", "peer.remove", "queue.hold", "queue.release",
        "queue.drop", "privacy.erase",
    ]

    /// `reply`, which also notes the act.
    func noting(_ request: ControlRequest, _ reply: @escaping Reply) -> Reply {
        let revokes = request.command == "user.sessions" && request.arguments["revoke"] == "true"
        guard Self.changing.contains(request.command) || revokes else { return reply }
        let names = ["localpart", "name", "peer", "class", "ids"]
        let subject = names.compactMap { request.arguments[$0] }.joined(separator: " ")
        return { response in
            box.store.note(
                Act(
                    time: box.store.wallNow(), administrator: administrator, command: request.command,
                    subject: String(subject.prefix(200)), code: response.code))
            reply(response)
        }
    }

    func audit() -> ControlResponse {
        do {
            return .document(
                AuditDocument(
                    acts: try box.store.reader.acts(limit: 1_000).map {
                        .init(
                            time: $0.time,
                            administrator: Explicit($0.administrator.isEmpty ? nil : $0.administrator),
                            command: $0.command, subject: $0.subject, code: $0.code)
                    }))
        } catch {
            return .failure(ExitStatus.failed, error.description)
        }
    }

    /// What the lines and the queue did in the last days.
    func history(_ arguments: [String: String]) -> ControlResponse {
        let days = UInt64(arguments["days"] ?? "30") ?? 0
        guard (1...30).contains(days) else {
            return .failure(ExitStatus.badInput, "The history goes back 1 to 30 days.")
        }
        let now = box.store.wallNow()
        let after = now - min(now, days * 86_400_000)
        do {
            return .document(
                HistoryDocument(
                    now: now,
                    lines: try box.store.reader.lineChanges(after: after).map {
                        .init(time: $0.time, peer: $0.peer, state: $0.state)
                    },
                    queue: try box.store.reader.depthSamples(after: after).map {
                        .init(time: $0.time, peer: $0.peer, parcels: $0.parcels, bytes: $0.bytes)
                    }))
        } catch {
            return .failure(ExitStatus.failed, error.description)
        }
    }
}

struct AuditDocument: Encodable {
    struct Entry: Encodable {
        let time: UInt64
        let administrator: Explicit<String>
        let command: String
        let subject: String
        let code: Int32
    }

    var version = 1
    let acts: [Entry]
}

struct HistoryDocument: Encodable {
    struct Line: Encodable {
        let time: UInt64
        let peer: String
        let state: String
    }

    struct Depth: Encodable {
        let time: UInt64
        let peer: String
        let parcels: Int
        let bytes: Int
    }

    var version = 1
    let now: UInt64
    let lines: [Line]
    let queue: [Depth]
}
