/// Stanzas as clients write them, about nobody.
enum SampleStanzas {
    static let all = [message, encrypted, presence, query, failure]

    static let message =
        "<message type='chat' to='sana@interior.gov.test' id='550e8400-e29b-41d4-a716-446655440000' "
        + "from='ali@finance.gov.test/phone'><body>At 10, bring R&amp;D &lt;figures&gt; \u{633}</body>"
        + "<origin-id xmlns='urn:xmpp:sid:0' id='550e8400-e29b-41d4-a716-446655440000'/>"
        + "<request xmlns='urn:xmpp:receipts'/><markable xmlns='urn:xmpp:chat-markers:0'/></message>"
    static let encrypted =
        "<message from='ali@finance.gov.test/phone' to='sana@interior.gov.test' type='chat' id='0123abcd'>"
        + "<encrypted xmlns='eu.siacs.conversations.axolotl'><header sid='1234567890'><key rid='1029384756'>"
        + "MwohBVBwXaZl4R1a4d3JQ9C0p5f7vZ0yB1kq7JwzB8vU6Qx1EAAYACIwq0z1</key><iv>q83vEjRWeJCrze8S</iv>"
        + "</header><payload>MwohBVBwXaZl4R1a4d3JQ9C0</payload></encrypted>"
        + "<store xmlns='urn:xmpp:hints'/></message>"
    static let presence =
        "<presence from='ali@finance.gov.test/phone'><show>away</show><status>In the office</status>"
        + "<c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='https://example.org' "
        + "ver='q83vEjRWeJCrze8SNFZ4kKvN7xI='/></presence>"
    static let query =
        "<iq type='get' id='d1' to='finance.gov.test'>"
        + "<query xmlns='http://jabber.org/protocol/disco#info'/></iq>"
    static let failure =
        "<iq from='a@b.test/c' to='d@e.test' type='error' id='x'><error type='cancel'>"
        + "<service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>"
}
