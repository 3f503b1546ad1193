internal import Bundles
internal import Carriers
internal import Storage

/// `queue hold`, `queue release` and `queue drop`.
extension ControlHandler {
    /// Entries that one command names.
    private static let idLimit = 1_000
    /// Bytes of a reason.
    private static let reasonLimit = 500

    func queueHold(_ arguments: [String: String], _ reply: @escaping Reply) {
        guard let selection = selection(arguments, reply) else { return }
        box.postOffice.hold(selection) { answer("hold", $0, reply) }
    }

    func queueRelease(_ arguments: [String: String], _ reply: @escaping Reply) {
        guard let selection = selection(arguments, reply) else { return }
        if selection.ids.isEmpty, let wider = wider(than: selection) {
            return reply(
                .failure(
                    ExitStatus.badInput,
                    "A wider order holds this back: release \(name(wider)), then hold what is to stay."))
        }
        box.postOffice.release(selection) { answer("release", $0, reply) }
    }

    func queueDrop(_ arguments: [String: String], _ reply: @escaping Reply) {
        guard let selection = selection(arguments, reply) else { return }
        let reason = arguments["reason"] ?? ""
        guard (1...Self.reasonLimit).contains(reason.utf8.count),
            reason.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7F })
        else {
            return reply(
                .failure(
                    ExitStatus.badInput,
                    "--reason is 1 to \(Self.reasonLimit) bytes in one line: the senders read it."))
        }
        box.postOffice.drop(selection, because: reason) { answer("drop", $0, reply) }
    }

    private func answer(_ what: String, _ result: Result<Int, StorageError>, _ reply: @escaping Reply) {
        switch result {
        case .success(let count):
            reply(.document(QueueOrderDocument(action: what, entries: count, holds: holds())))
        case .failure(let error): reply(.failure(ExitStatus.failed, error.description))
        }
    }

    /// The standing orders.
    func holds() -> [QueueDocument.Hold] {
        box.postOffice.standingHolds.map { hold in
            .init(
                peer: Explicit(hold.selection.peer.map(peerName)),
                class: Explicit(hold.selection.parcelClass.map { "\($0)" }), since: hold.since)
        }
    }

    private func wider(than selection: MailSelection) -> MailSelection? {
        box.postOffice.standingHolds.map(\.selection).first {
            $0.covers(selection) && !selection.covers($0)
        }
    }

    private func name(_ selection: MailSelection) -> String {
        let parts = [
            selection.peer.map { "--peer \(peerName($0))" }, selection.parcelClass.map { "--class \($0)" },
        ].compactMap { $0 }
        return parts.isEmpty ? "--all" : parts.joined(separator: " ")
    }

    // MARK: What is meant

    private func selection(_ arguments: [String: String], _ reply: Reply) -> MailSelection? {
        var selection = MailSelection()
        if let name = arguments["peer"] {
            guard let number = peerNumber(name) else {
                reply(.failure(ExitStatus.badInput, "There is no peer '\(name)'; 'peer list' shows them."))
                return nil
            }
            selection.peer = number
        }
        if let text = arguments["class"] {
            guard let parcelClass = ParcelClass.allCases.first(where: { "\($0)" == text }) else {
                let names = ParcelClass.allCases.map { "\($0)" }.joined(separator: ", ")
                reply(.failure(ExitStatus.badInput, "There is no class '\(text)'; there are \(names)."))
                return nil
            }
            selection.parcelClass = parcelClass
        }
        if let text = arguments["ids"] {
            let parts = text.split(separator: ",")
            selection.ids = parts.compactMap { Int64($0) }.filter { $0 > 0 }
            guard selection.ids.count == parts.count, (1...Self.idLimit).contains(parts.count) else {
                reply(
                    .failure(
                        ExitStatus.badInput, "--id takes a number that 'queue list' shows; at most 1,000."))
                return nil
            }
            guard let missing = firstMissing(selection.ids, reply) else { return nil }
            guard missing == 0 else {
                reply(
                    .failure(
                        ExitStatus.badInput,
                        "Nothing with the id \(missing) waits; 'queue list' shows what does."))
                return nil
            }
        }
        guard selection != MailSelection() || arguments["all"] == "true" else {
            reply(.failure(ExitStatus.usage, "Say which: --peer, --class, --id, or --all."))
            return nil
        }
        return selection
    }

    /// 0 when all of them wait; nil when the database cannot be read.
    private func firstMissing(_ ids: [Int64], _ reply: Reply) -> Int64? {
        do {
            for id in ids where try box.store.reader.outboxRow(id: id)?.kind != .mail { return id }
            return 0
        } catch {
            reply(.failure(ExitStatus.failed, error.description))
            return nil
        }
    }

    /// The number of a listed peer, or of one that left the list and has the name `removed-N` now.
    func peerNumber(_ name: String) -> Int64? {
        if let peer = box.postOffice.status.first(where: { $0.name == name }) { return peer.number }
        guard name.hasPrefix("removed-"), let number = Int64(name.dropFirst(8)),
            box.store.peerNumbers.contains(number),
            !box.postOffice.status.contains(where: { $0.number == number })
        else { return nil }
        return number
    }
}

/// What `queue hold`, `release` and `drop` answer.
struct QueueOrderDocument: Encodable {
    var version = 1
    /// `hold`, `release` or `drop`.
    let action: String
    /// How many entries it changed.
    let entries: Int
    let holds: [QueueDocument.Hold]
}
