import Bundles
import Storage
import Testing
import XMPP

@testable import Relay

@Suite("The directory")
struct DirectoryTests {
    private let people = [
        DirectoryEntry(localpart: "asma", name: "Asma Rahman", section: "Accounts"),
        DirectoryEntry(localpart: "bilal.k", name: "", section: ""),
    ]

    @Test("a register is read as it was written; nobody is an empty one")
    func roundTrip() throws {
        #expect(try DirectoryShard.decode(DirectoryShard.encode(people)) == people)
        #expect(DirectoryShard.encode([]).isEmpty)
        #expect(try DirectoryShard.decode([]).isEmpty)
    }

    @Test("a damaged register is refused")
    func damaged() {
        let bytes = DirectoryShard.encode(people)
        #expect(throws: ByteError.self) { try DirectoryShard.decode([9] + bytes.dropFirst()) }
        #expect(throws: ByteError.self) { try DirectoryShard.decode(bytes.dropLast()) }
    }

    @Test("a register never grows beyond its limit")
    func limit() throws {
        let many = (0..<2_000).map {
            DirectoryEntry(localpart: "person\($0)", name: String(repeating: "n", count: 128), section: "s")
        }
        let bytes = DirectoryShard.encode(many)
        #expect(bytes.count <= DirectoryShard.bytes)
        #expect(try DirectoryShard.decode(bytes).count > 200)
    }

    @Test("only its own sixteen names are keys")
    func keys() {
        #expect(DirectoryShard.number(ofKey: "people/15") == 15)
        for key in ["people/16", "people/-1", "people/01", "people/", "people/x"] {
            #expect(DirectoryShard.number(ofKey: key) == nil)
        }
    }

    @Test("every word has to be in the name or the address, whatever its case")
    func query() {
        func finds(_ fields: [(String, String)]) -> [String] {
            var query = DirectoryQuery()
            for (name, value) in fields { query.add(name, value) }
            return people.filter(query.matches).map(\.localpart)
        }
        #expect(finds([]) == ["asma", "bilal.k"])
        #expect(finds([("nick", "RAH")]) == ["asma"])
        #expect(finds([("nick", "rahman  asma")]) == ["asma"])
        #expect(finds([("first", "asma"), ("last", "khan")]).isEmpty)
        #expect(finds([("nick", "bil")]) == ["bilal.k"])
        #expect(finds([("x-section", "acc")]) == ["asma"])
        #expect(finds([("email", "a@b")]).isEmpty)
    }

    @Test("a card gives its name; a private one hides its owner")
    func card() throws {
        func row(_ xml: String) throws -> DirectoryRow {
            let text = "<vCard xmlns='vcard-temp'>\(xml)</vCard>"
            return DirectoryRow(account: 1, card: try StreamParser.parse(Array(text.utf8)))
        }
        #expect(try row("<FN> Asma \n Rahman </FN>").name == "Asma Rahman")
        #expect(try row("<FN/><N><FAMILY>Rahman</FAMILY><GIVEN>Asma</GIVEN></N>").name == "Asma Rahman")
        #expect(try row("<NICKNAME>asu</NICKNAME>").name == "asu")
        let hidden = try row("<FN>A</FN><CLASS><PRIVATE/></CLASS>")
        let shown = try row("<FN>A</FN><CLASS><PUBLIC/></CLASS>")
        #expect(hidden.isHidden && !shown.isHidden)
        #expect(try row("<FN>\(String(repeating: "long ", count: 60))</FN>").name.utf8.count <= 128)
    }

    @Test("a client may search twenty times at once, then once in two seconds")
    func pace() {
        var pace = SearchPace()
        let allowed = (0..<30).count { _ in pace.take(now: 1_000_000) }
        #expect(allowed == 20)
        #expect(!pace.take(now: 1_001_000) && pace.take(now: 1_002_500))
    }
}
