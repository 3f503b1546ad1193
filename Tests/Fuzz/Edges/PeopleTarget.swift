import FuzzDriver
import XMPP

@testable import Appliance
@testable import Relay

extension FuzzTarget {
    /// Stanzas of somebody who is logged in, parted by zero bytes.
    static let people = FuzzTarget("people", longest: 8_192) {
        [
            "<presence/>\0<iq type='get' id='1'><query xmlns='jabber:iq:roster'/></iq>",
            "<message to='sana@finance.gov.test' type='chat' id='2'><body>x</body></message>",
            "<iq type='set' id='3'><query xmlns='jabber:iq:roster'><item jid='sana@finance.gov.test'/></query></iq>"
                + "\0<presence type='subscribe' to='sana@finance.gov.test'/>",
            "<iq type='set' id='4'><query xmlns='urn:xmpp:mam:2'><set xmlns='http://jabber.org/protocol/rsm'>"
                + "<max>9</max><before/></set></query></iq>",
            "<presence to='room@rooms.finance.gov.test/ali'><x xmlns='http://jabber.org/protocol/muc'/></presence>"
                + "\0<message to='room@rooms.finance.gov.test' type='groupchat'><body>x</body></message>",
            "<iq type='set' id='5'><pubsub xmlns='http://jabber.org/protocol/pubsub'><publish node='urn:n'>"
                + "<item id='1'><a xmlns='urn:a'/></item></publish></pubsub></iq>",
            "<iq type='get' id='6' to='finance.gov.test'><query xmlns='http://jabber.org/protocol/disco#items'/></iq>",
            "<enable xmlns='urn:xmpp:sm:3' resume='true'/>\0<r xmlns='urn:xmpp:sm:3'/>\0<a xmlns='urn:xmpp:sm:3' h='1'/>",
            "<iq type='set' id='7'><block xmlns='urn:xmpp:blocking'><item jid='a@b.test'/></block></iq>",
            "<iq type='set' id='8'><vCard xmlns='vcard-temp'><FN>x</FN></vCard></iq>",
            "<iq type='set' id='9'><enable xmlns='urn:xmpp:push:0' jid='push.test' node='x'/></iq>",
            "<iq type='get' id='10' to='search.finance.gov.test'><query xmlns='jabber:iq:search'/></iq>",
        ].map { Array($0.utf8) }
    } run: { input in
        let elements = input.split(separator: 0).prefix(16).compactMap { bytes -> Element? in
            // As the socket reads them: what is refused there never comes here.
            try? StreamParser.parse(Array(bytes), limits: StreamParser.Limits())
        }
        guard !elements.isEmpty else { return }
        SampleOffice.shared.onLoop { office in
            let wire = SilentWire()
            let connection = ClientConnection(
                relay: office.box.relay, wire: wire, address: "192.0.2.1", isSecure: true)
            guard let person = office.box.relay.person("ali") else { fatalError("ali is there") }
            do {
                let session = try ResourceBinding.session("fuzz", of: person, on: connection)
                for element in elements where !connection.isClosed { connection.received(element) }
                session.isResumable = false
                connection.close()
            } catch { fatalError("broken promise: one session at a time can be had: \(error)") }
            withExtendedLifetime(wire) {}
        }
        // What the disk is asked for is there before the next input.
        SampleOffice.shared.settle()
    }
}

/// Takes everything and says nothing.
private final class SilentWire: ClientWire {
    var waitingBytes: Int { 0 }
    func sendOpening(from domain: String, id: String) {}
    func send(_ element: [UInt8]) {
        // What the box says has to be XML, whatever it was told.
        let isSound = (try? StreamParser.parse(element)) != nil
        promise("the box says what can be read: \(String(decoding: element, as: UTF8.self))", isSound)
    }
    func sendClosing() {}
    func readingChanged() {}
    func startTLS() -> Bool { false }
    func restart() {}
    func close() {}
}
