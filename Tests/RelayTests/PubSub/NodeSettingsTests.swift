import Bundles
import Testing
import XMPP

@testable import Relay

@Suite("Settings of nodes")
struct NodeSettingsTests {
    private func form(_ fields: KeyValuePairs<String, String>) -> Element {
        Element(
            "x", NS.dataForms, ["type": "submit"],
            fields.map { name, value in
                Element(
                    "field", NS.dataForms, ["var": "pubsub#" + name],
                    [Element("value", NS.dataForms, text: value)])
            })
    }

    @Test("settings are read as they were written")
    func roundTrip() throws {
        var settings = NodeSettings(name: "urn:x", configuration: NodeConfiguration())
        settings.configuration.access = .whitelist
        settings.configuration.maxItems = 12
        settings.configuration.notifyRetract = false
        settings.configuration.title = "Title"
        settings.members = ["a@b.test", "c@d.test"]
        #expect(try NodeSettings(decoding: settings.encoded) == settings)
        for count in settings.encoded.indices {
            #expect(throws: ByteError.self) {
                try NodeSettings(decoding: Array(settings.encoded.prefix(count)))
            }
        }
    }

    @Test("the form that a node gives sets what it says")
    func ownForm() throws {
        var before = NodeConfiguration()
        before.access = .open
        before.maxItems = PubSubLimits.items
        before.sendLast = .never
        var after = NodeConfiguration()
        try NodeForm.apply(NodeForm.element(before), to: &after)
        #expect(after == before)
    }

    @Test("a form changes only what it names, and what this server does not know is passed over")
    func partial() throws {
        var configuration = NodeConfiguration()
        try NodeForm.apply(form(["max_items": "5", "itemreply": "publisher"]), to: &configuration)
        var expected = NodeConfiguration()
        expected.maxItems = 5
        #expect(configuration == expected)
    }

    @Test(
        "a value that is not offered is refused",
        arguments: [
            ("access_model", "authorize"), ("access_model", "roster"), ("publish_model", "open"),
            ("max_items", "0"), ("max_items", "-1"), ("max_items", "many"), ("persist_items", "yes"),
            ("send_last_published_item", "always"),
        ])
    func refused(name: String, value: String) {
        var configuration = NodeConfiguration()
        #expect(throws: StanzaError.self) { try NodeForm.apply(form([name: value]), to: &configuration) }
    }

    @Test("more items than are kept are as many as are kept")
    func clamped() throws {
        var configuration = NodeConfiguration()
        try NodeForm.apply(form(["max_items": "10000"]), to: &configuration)
        #expect(configuration.maxItems == PubSubLimits.items)
    }
}
