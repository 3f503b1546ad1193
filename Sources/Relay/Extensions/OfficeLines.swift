internal import Bundles
internal import Carriers
internal import Storage
internal import XMPP

/// `urn:dakghar:lines:0`: the lines to other offices, for everybody who has an account here: since when
/// one is down, and how much waits for it. The protocol is in docs/states.md.
///
/// It says sums, never whose messages they are.
enum OfficeLines {
    static let module = Extension(features: [NS.lines], queries: [NS.lines: handle])

    /// Lines in one answer.
    static let limit = 200

    @Sendable private static func handle(_ request: IQRequest) -> IQAnswer {
        guard request.session != nil, request.account == nil else {
            return .error(
                StanzaError(.forbidden, text: "People of this office ask their own box about its lines."))
        }
        guard !request.isSet, request.payload.name == "lines" else {
            return .error(StanzaError(.badRequest, text: "Ask with get and <lines/>."))
        }
        do {
            return .result([try answer(request.relay)])
        } catch {
            request.relay.stop(because: "\(error)")
            return .error(StanzaError(.internalServerError))
        }
    }

    private static func answer(_ relay: Relay) throws(StorageError) -> Element {
        let depths = try relay.lineDepths.depths(relay)
        let lines = (relay.offices?.lines ?? []).prefix(limit).map { line in
            element(line, depths.filter { $0.peer == line.office.number })
        }
        return Element("lines", NS.lines, [:], lines)
    }

    private static func element(_ line: OfficeLine, _ depths: [QueueDepth]) -> Element {
        let messages = depths.filter { $0.parcelClass != .receipts && $0.parcelClass != .background }
        return Element(
            "line", NS.lines,
            [
                "name": line.office.name, "domain": line.office.domain, "state": line.state,
                "since": DateTime(milliseconds: Int64(clamping: line.since)).description,
                "messages": "\(messages.reduce(0) { $0 + $1.parcels })",
                "bytes": "\(depths.reduce(0) { $0 + $1.bytes })",
                "rate": line.rate.map { "\($0)" },
            ])
    }
}

/// What waits, read at most once in a while however many people ask.
final class LineDepths {
    /// Milliseconds that a count is good for.
    static let freshMs: UInt64 = 2_000

    private var counted: (at: UInt64, depths: [QueueDepth])?

    func depths(_ relay: Relay) throws(StorageError) -> [QueueDepth] {
        let now = Clocks.monotonic()
        if let counted, now < counted.at + Self.freshMs { return counted.depths }
        let depths = try relay.store.reader.queueDepths()
        counted = (now, depths)
        return depths
    }
}
