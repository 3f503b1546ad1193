import FuzzDriver
import XMPP

extension FuzzTarget {
    /// A client's stream, cut anywhere.
    static let stanzaParser = FuzzTarget("stanza-parser") {
        let opening =
            "<?xml version='1.0'?><stream:stream xmlns='jabber:client' "
            + "xmlns:stream='http://etherx.jabber.org/streams' to='finance.gov.test' version='1.0'>"
        return SampleStanzas.all.map { [0x1C] + Array((opening + $0 + "</stream:stream>").utf8) }
            + [
                [0] + Array((opening + SampleStanzas.all.joined()).utf8),
                [4] + Array("<s xmlns:a='u' a:b='c'><a:d><![CDATA[<]]>&#x41;</a:d>".utf8),
            ]
    } run: { input in
        guard let input = SteeredInput(input) else { return }
        var limits = StreamParser.Limits()
        // Small ones are met.
        if input.choice & 1 != 0 { (limits.stanzaBytes, limits.depth, limits.attributes) = (256, 6, 4) }
        let whole = StreamParser(limits: limits).feed(input.bytes)
        let cut = StreamParser(limits: limits)
        var events: [StreamParser.Event] = []
        for piece in input.pieces { events += cut.feed(Array(piece)) }
        let isOverLimit = [whole, events].contains { $0.contains { isRefusal($0) } }
        promise("a stream reads the same however it is cut", whole == events || isOverLimit)
        for case .stanza(let stanza) in whole { writeAndRead(stanza) }
    }

    /// Where bytes end decides which limit is found first.
    private static func isRefusal(_ event: StreamParser.Event) -> Bool {
        if case .failed = event { true } else { false }
    }

    private static func writeAndRead(_ stanza: Element) {
        let bytes = stanza.serialized()
        promise("the bound of a written size is one", !stanza.isLonger(than: bytes.count))
        do {
            let again = try StreamParser.parse(bytes)
            promise("a stanza is read as it was written: \(stanza)", again.serialized() == bytes)
        } catch {
            promise("a stanza that was read can be written and read: \(error), \(stanza)", false)
        }
    }
}
