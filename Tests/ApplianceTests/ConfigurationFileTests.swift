import Testing

@testable import Appliance

private let hq = "dakghar:1:hq:hq.gov.test:KEYS:10.0.0.9:7400:SIG"
private let newHQ = "dakghar:1:hq:hq.gov.test:OTHER:[fd00::9]:7400:SIG2"
private let interior = "dakghar:1:interior:interior.gov.test:KEYS::SIG"

private let original = """
    # ours\t
    [box]
    name   =   'finance'     # odd spacing stays\r
    domain = "finance.gov.test"

    """

@Suite("Editing the peer list")
struct ConfigurationFileTests {
    @Test("adding a peer keeps every byte that was there")
    func adding() throws {
        let text = try ConfigurationFile.addingPeer(original, card: hq, upstream: true, direct: false)
        #expect(text.utf8.starts(with: original.utf8))
        let peer = try #require(try Configuration(text).peers.first)
        #expect(peer.card == hq)
        #expect(peer.upstream)
        #expect(!peer.direct)
    }

    @Test("adding to a file without a last line end still makes a file that reads")
    func addingWithoutLineEnd() throws {
        let cut = String(original.dropLast())
        let text = try ConfigurationFile.addingPeer(cut, card: hq, upstream: false, direct: true)
        #expect(text.utf8.starts(with: cut.utf8))
        #expect(try Configuration(text).peers.map(\.name) == ["hq"])
    }

    @Test("adding and removing a peer gives back the same bytes")
    func roundTrip() throws {
        let one = try ConfigurationFile.addingPeer(original, card: hq, upstream: true, direct: true)
        let two = try ConfigurationFile.addingPeer(one, card: interior, upstream: false, direct: false)
        #expect(try Configuration(two).peers.map(\.name) == ["hq", "interior"])
        let back = try ConfigurationFile.removingPeer(two, name: "interior")
        #expect(Array(back.utf8) == Array(one.utf8))
        let first = try ConfigurationFile.removingPeer(two, name: "hq")
        #expect(
            Array(first.utf8)
                == Array(
                    try ConfigurationFile.addingPeer(original, card: interior, upstream: false, direct: false)
                        .utf8))
        #expect(Array(try ConfigurationFile.removingPeer(back, name: "hq").utf8) == Array(original.utf8))
    }

    @Test("replacing a card changes the card's bytes only")
    func replacing() throws {
        let before = original + "[[peers]]\n  upstream = true # the hub\n  card = '\(hq)'  # from the stick\n"
        let text = try ConfigurationFile.replacingPeer(before, name: "hq", newCard: newHQ)
        #expect(text == before.replacing("'\(hq)'", with: "\"\(newHQ)\""))
        #expect(try Configuration(text).peers.map(\.card) == [newHQ])
    }

    @Test("comments and sections around a removed peer stay")
    func removingBetween() throws {
        let before =
            original + "# the hub\n[[peers]]\ncard = \"\(hq)\"\n\n# limits\n[limits]\noutbox = \"1 GiB\"\n"
        let text = try ConfigurationFile.removingPeer(before, name: "hq")
        #expect(text == original + "# the hub\n\n# limits\n[limits]\noutbox = \"1 GiB\"\n")
        #expect(try Configuration(text).limits.outbox == .gibibytes(1))
    }

    @Test("a peer that is there already, one that is not there, and no card are refused")
    func refusals() throws {
        let one = try ConfigurationFile.addingPeer(original, card: hq, upstream: false, direct: true)
        #expect(throws: ConfigurationError.self) {
            try ConfigurationFile.addingPeer(one, card: newHQ, upstream: false, direct: true)
        }
        #expect(throws: ConfigurationError.self) { try ConfigurationFile.removingPeer(one, name: "interior") }
        #expect(throws: ConfigurationError.self) {
            try ConfigurationFile.addingPeer(one, card: "dakghar:2:x", upstream: false, direct: true)
        }
    }

    @Test("a list in another notation is not guessed at")
    func inlineList() {
        let text = "peers = [ { card = \"\(hq)\" } ]\n" + original
        #expect(throws: ConfigurationError.self) { try ConfigurationFile.removingPeer(text, name: "hq") }
        #expect(throws: Never.self) { try ConfigurationFile.replacingPeer(text, name: "hq", newCard: newHQ) }
    }

    @Test("a written file is private and replaces the old one")
    func writing() throws {
        let box = try TemporaryBox()
        try box.directory.create()
        let path = box.directory.configuration
        try ConfigurationFile.write("old", to: path)
        try ConfigurationFile.write(original, to: path)
        #expect(try ConfigurationFile.read(path) == original)
        #expect(TemporaryBox.mode(path) == 0o600)
        #expect(!TemporaryBox.exists(path + ".new"))
        #expect(try Configuration.load(path).box.name == "finance")
    }
}
