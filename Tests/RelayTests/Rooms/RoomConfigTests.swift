import Carriers
import Engine
import Testing
import XMPP

@testable import Relay

@Suite("The settings of a room")
struct RoomConfigTests {
    @Test("every setting's standard value is a value for it", arguments: RoomSetting.allCases)
    func standards(setting: RoomSetting) {
        #expect(setting.normal(setting.standard) == setting.standard)
    }

    @Test("what is no value is refused, and what another box wrote wrongly counts for nothing")
    func values() {
        #expect(RoomSetting.membersOnly.normal("true") == "1")
        #expect(RoomSetting.membersOnly.normal("maybe") == nil)
        #expect(RoomSetting.whois.normal("nobody") == nil)
        #expect(RoomSetting.maxUsers.normal("0") == nil)
        #expect(RoomSetting.maxUsers.normal("-1") == nil)
        #expect(RoomSetting.name.normal(String(repeating: "x", count: 1_025)) == nil)
        var state = RoomState()
        let version = RoomVersion(time: 1, box: 1)
        state.take("config/maxusers", RoomRegister(value: "all", version: version))
        state.take("config/whois", RoomRegister(value: "moderators", version: version))
        let config = RoomConfig(state)
        #expect(config.number(.maxUsers) == 100)
        #expect(!config.isNonAnonymous)
    }

    @Test("a room has a password only when it asks for one")
    func password() {
        var config = RoomConfig(RoomState())
        config.set(.password, "sesame")
        #expect(config.password == nil)
        config.set(.passwordProtected, "1")
        #expect(config.password == "sesame")
        config.set(.password, "")
        #expect(config.password == nil)
    }
}

@Suite("A visit in a room of another office")
struct RoomVisitTests {
    private func message(_ id: String, by: String) -> Element {
        Element("message", NS.client, [:], [Element("stanza-id", NS.sid, ["id": id, "by": by])])
    }

    @Test("a message is given to the client once, known by the room's own id")
    func once() throws {
        let address = try JID("council@rooms.x/bob")
        var visit = RoomVisit(
            office: Office(name: "x", domain: "x", number: 1), address: address,
            presence: Element("presence", NS.client), wallMs: 1)
        let answers = [
            visit.hears(message("1", by: "council@rooms.x"), wallMs: 2),
            visit.hears(message("1", by: "council@rooms.x"), wallMs: 3),
            visit.hears(message("1", by: "other@rooms.x"), wallMs: 4),
            visit.hears(Element("message", NS.client), wallMs: 5),
            visit.hears(Element("message", NS.client), wallMs: 6),
        ]
        #expect(answers == [true, false, true, true, true])
    }
}
