internal import Carriers
internal import Storage
internal import XMPP

/// `bundle export` and `bundle import`: the command reads and writes the file, which may lie where the box
/// cannot go; the box makes and reads what is in it, a piece at a time.
extension ControlHandler {
    func handleBundle(_ request: ControlRequest, _ reply: @escaping Reply) {
        let arguments = request.arguments
        guard request.command.hasPrefix("bundle.export") else { return handleImport(request, reply) }
        if request.command == "bundle.export" { return reply(beginExport(arguments)) }
        guard let export = conversation.export else { return reply(Self.outOfOrder) }
        switch request.command {
        case "bundle.export.old": reply(feedOld(request, export))
        case "bundle.export.resume": reply(progress(export, offset: export.resume()))
        case "bundle.export.next": nextPiece(export, reply)
        case "bundle.export.finish": finish(export, arguments, reply)
        default: reply(Self.outOfOrder)
        }
    }

    private static var outOfOrder: ControlResponse {
        .failure(ExitStatus.usage, "The request does not belong here.")
    }

    // MARK: Export

    private func beginExport(_ arguments: [String: String]) -> ControlResponse {
        do {
            let export = try box.postOffice.exportStick(for: arguments["peer"] ?? "", via: arguments["via"])
            conversation.export = export
            return progress(export, offset: 0, data: export.head)
        } catch {
            return .failure(error)
        }
    }

    private func progress(_ export: StickExport, offset: Int, data: [UInt8]? = nil) -> ControlResponse {
        do {
            let counts = export.counts
            let done = counts.messages + counts.registers + counts.forOthers
            var response = ControlResponse.document(
                StickProgress(
                    offset: offset, done: done, expected: try export.expected(), receipts: counts.receipts))
            response.data = data.map { Base64.encode($0) }
            return response
        } catch {
            return .failure(error)
        }
    }

    private func feedOld(_ request: ControlRequest, _ export: StickExport) -> ControlResponse {
        do {
            try export.feedOld(Self.bytes(request))
            return ControlResponse()
        } catch {
            return .failure(error)
        }
    }

    private func nextPiece(_ export: StickExport, _ reply: @escaping Reply) {
        export.next { result in
            switch result {
            case .success(let piece): reply(self.progress(export, offset: 0, data: piece))
            case .failure(let failure): reply(.failure(failure))
            }
        }
    }

    /// The command says where the file is, and how long; without it there was nothing to write.
    private func finish(_ export: StickExport, _ arguments: [String: String], _ reply: @escaping Reply) {
        conversation.export = nil
        let counts = export.counts
        let document = StickExportDocument(
            peer: arguments["peer"] ?? "", via: Explicit(arguments["via"]), file: Explicit(arguments["file"]),
            bytes: arguments["bytes"].flatMap(Int.init) ?? 0, resumed: arguments["resumed"] == "true",
            messages: counts.messages, registers: counts.registers, receipts: counts.receipts,
            forOthers: counts.forOthers, bundles: arguments["file"] == nil ? 0 : counts.bundles)
        guard arguments["file"] != nil else { return reply(.document(document)) }
        // A full disk only means that the queue does not say so.
        export.finished { _ in reply(.document(document)) }
    }

    // MARK: Import

    private func handleImport(_ request: ControlRequest, _ reply: @escaping Reply) {
        if request.command == "bundle.import" {
            conversation.importing = box.postOffice.importStick()
            return reply(ControlResponse())
        }
        guard let importing = conversation.importing else { return reply(Self.outOfOrder) }
        switch request.command {
        case "bundle.import.check":
            importing.check(Self.bytes(request)) { reply($0.map { .failure($0) } ?? ControlResponse()) }
        case "bundle.import.checked": reply(attempt { () throws(StickFailure) in try importing.endCheck() })
        case "bundle.import.take":
            importing.take(Self.bytes(request)) { failure in
                reply(failure.map { .failure($0) } ?? ControlResponse())
            }
        case "bundle.import.finish": finish(importing, request.arguments, reply)
        default: reply(Self.outOfOrder)
        }
    }

    private func attempt(_ body: () throws(StickFailure) -> Void) -> ControlResponse {
        do {
            try body()
            return ControlResponse()
        } catch {
            return .failure(error)
        }
    }

    private func finish(_ importing: StickImport, _ arguments: [String: String], _ reply: @escaping Reply) {
        conversation.importing = nil
        do {
            try importing.endTake()
        } catch {
            return reply(.failure(error))
        }
        let counts = importing.counts
        reply(
            .document(
                StickImportDocument(
                    from: importing.signer ?? "", created: importing.createdMs,
                    bytes: arguments["bytes"].flatMap(Int.init) ?? 0, bundles: counts.bundles,
                    messages: counts.messages, known: counts.known, deferred: counts.deferred,
                    registers: counts.registers, receipts: counts.receipts, forOthers: counts.forOthers)))
    }

    private static func bytes(_ request: ControlRequest) -> [UInt8] {
        request.data.flatMap { try? Base64.decode($0) } ?? []
    }
}

/// Between the requests of one export: bytes of the old file that stay, and what is done of what.
private struct StickProgress: Encodable {
    let offset: Int
    let done: Int
    let expected: Int
    let receipts: Int
}

private struct StickExportDocument: Encodable {
    var version = 1
    let peer: String
    let via: Explicit<String>
    let file: Explicit<String>
    let bytes: Int
    let resumed: Bool
    let messages: Int
    let registers: Int
    let receipts: Int
    let forOthers: Int
    let bundles: Int

    private enum CodingKeys: String, CodingKey {
        case version, peer, via, file, bytes, resumed, messages, registers, receipts, bundles
        case forOthers = "for-others"
    }
}

private struct StickImportDocument: Encodable {
    var version = 1
    let from: String
    let created: UInt64
    let bytes: Int
    let bundles: Int
    let messages: Int
    let known: Int
    let deferred: Int
    let registers: Int
    let receipts: Int
    let forOthers: Int

    private enum CodingKeys: String, CodingKey {
        case version, from, created, bytes, bundles, messages, known, deferred, registers, receipts
        case forOthers = "for-others"
    }
}

extension ControlResponse {
    fileprivate static func failure(_ failure: StickFailure) -> ControlResponse {
        let code =
            switch failure.kind {
            case .badInput: ExitStatus.badInput
            case .notPermitted: ExitStatus.notPermitted
            case .notNow: ExitStatus.tryAgain
            }
        return .failure(code, failure.description)
    }
}
