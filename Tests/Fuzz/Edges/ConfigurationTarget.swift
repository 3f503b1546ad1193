import FuzzDriver

@testable import Appliance

extension FuzzTarget {
    /// dakghar.toml as anybody may have written it, and the edits that `peer add` makes in it.
    static let configuration = FuzzTarget("configuration", longest: 4_096) {
        let card = "dakghar:1:interior:interior.gov.test:KEYS:10.0.0.1:7400:SIG"
        let initial = Configuration.initialText(
            name: "finance", domain: "finance.gov.test", host: "10.0.0.4")
        let peers = try ConfigurationFile.addingPeer(initial, card: card, upstream: true, direct: false)
        let limits = """
            [box]
            name = "finance"
            domain = "finance.gov.test"
            addresses = ["10.20.0.4", "fd00::4"]
            [limits]
            stanza = "64 KiB"
            lifetime = { chat = "2 weeks", bulk = "36 h" }
            probe-interval = "20 s"
            [listen]
            web = "off"
            """
        return [initial, peers, limits].map { Array($0.utf8) }
    } run: { input in
        guard let text = String(validating: input, as: UTF8.self) else { return }
        do throws(ConfigurationError) {
            _ = try Configuration(text)
        } catch {
            promise("a refusal says why", !error.description.isEmpty)
            return
        }
        edit(text)
    }

    private static func edit(_ text: String) {
        let card = "dakghar:1:a-new-peer:new.gov.test:KEYS:10.0.0.1:7400:SIG"
        guard let more = try? ConfigurationFile.addingPeer(text, card: card, upstream: false, direct: true)
        else { return }
        promise("what was there stays, byte for byte", more.utf8.starts(with: text.utf8))
        guard let read = try? Configuration(more) else { return }
        promise("the new peer is in the list", read.peers.contains { $0.card == card })
        guard let less = try? ConfigurationFile.removingPeer(more, name: "a-new-peer") else { return }
        let left = (try? Configuration(less))?.peers.map(\.card)
        promise("without it the list is as before", left == (try? Configuration(text))?.peers.map(\.card))
    }
}
