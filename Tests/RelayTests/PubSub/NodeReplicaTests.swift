import Bundles
import Testing
import XMPP

@testable import Relay

@Suite("Replicas of nodes")
struct NodeReplicaTests {
    private func replica(_ items: [(String, Int)]) -> NodeReplica {
        var replica = NodeReplica()
        replica.items = items.enumerated().map { index, item in
            .init(sequence: UInt64(index + 1), name: item.0, payload: [UInt8](repeating: 7, count: item.1))
        }
        return replica
    }

    @Test("a replica is read as it was written")
    func roundTrip() throws {
        var written = replica([("a", 0), ("b", 300)])
        written.access = .presence
        written.isIncomplete = true
        written.notifiesRetract = false
        #expect(try NodeReplica(decoding: written.encoded) == written)
    }

    @Test("every shortened or changed first byte of a replica is refused")
    func malformed() {
        let bytes = replica([("a", 10)]).encoded
        for count in bytes.indices {
            #expect(throws: ByteError.self) { try NodeReplica(decoding: Array(bytes.prefix(count))) }
        }
        #expect(throws: ByteError.self) { try NodeReplica(decoding: [1] + bytes.dropFirst()) }
        #expect(throws: ByteError.self) { try NodeReplica(decoding: bytes + [0]) }
    }

    @Test("a small node is one register and empties the others")
    func small() throws {
        let registers = replica([("a", 100), ("b", 100)]).registers()
        #expect(registers.count == ReplicaKey.parts)
        #expect(registers.filter { !$0.value.isEmpty }.map(\.part) == [0])
    }

    @Test("a large node is divided, the first part comes last, and each item keeps its part")
    func large() throws {
        let many = (0..<40).map { ("item \($0)", 2_000) }
        let registers = replica(many).registers()
        #expect(registers.last?.part == 0)
        let parts = try registers.map { ($0.part, try NodeReplica(decoding: $0.value)) }
        #expect(parts.reduce(0) { $0 + $1.1.items.count } == 40)
        for (part, piece) in parts {
            #expect(piece.isDivided && piece.items.allSatisfy { NodeReplica.part(of: $0.name) == part })
            #expect(piece.encoded.count <= 48 << 10)
        }
        let fewer = Dictionary(uniqueKeysWithValues: replica(Array(many.dropLast())).registers())
        let changed = registers.filter { fewer[$0.part] != $0.value }
        #expect(changed.map(\.part) == [NodeReplica.part(of: "item 39")])
    }

    @Test("an item too large for a register is left out, and said to be")
    func tooLarge() throws {
        let registers = replica([("a", 50_000), ("b", 10)]).registers()
        let first = try NodeReplica(decoding: registers[0].value)
        #expect(first.isIncomplete && first.items.map(\.name) == ["b"])
    }

    @Test("a key is read as it was written, whatever the node's name holds")
    func keys() throws {
        let owner = try JID("bob@interior.gov.test")
        for node in ["urn:x", "a/b@c/0/d", "/", "pep/"] {
            let key = ReplicaKey(owner: owner, node: node, part: 3)
            #expect(ReplicaKey(key.text) == key)
        }
    }

    @Test(
        "a key of another form is none",
        arguments: [
            "pep/bob@interior.gov.test/0/", "pep/bob@interior.gov.test/16/n",
            "pep/bob@interior.gov.test/00/n",
            "pep/interior.gov.test/0/n", "pep/BOB@interior.gov.test/0/n", "vcard/bob@interior.gov.test/0/n",
            "pep/bob@interior.gov.test/-1/n", "pep//0/n", "pep",
        ])
    func badKeys(text: String) { #expect(ReplicaKey(text) == nil) }

    @Test("what a limit has pushed out is not told as taken back; what was taken back is")
    func events() {
        var before = replica([("a", 1), ("b", 1)])
        var after = before
        after.items.removeFirst()
        #expect(
            RemoteNodes.events(node: "n", before: before, after: after) == [
                PubSubEvents.retracted("n", ["a"])
            ])
        after.items.append(.init(sequence: 9, name: "c", payload: []))
        #expect(
            RemoteNodes.events(node: "n", before: before, after: after)
                == [PubSubEvents.published("n", "c", nil)])
        #expect(RemoteNodes.events(node: "n", before: before, after: nil) == [PubSubEvents.deleted("n")])
        before.notifiesDelete = false
        #expect(RemoteNodes.events(node: "n", before: before, after: nil).isEmpty)
    }

    @Test("device lists go before key bundles, pictures last")
    func order() {
        let nodes = [
            "urn:xmpp:avatar:data", "eu.siacs.conversations.axolotl.bundles:7", "urn:xmpp:omemo:2:bundles",
            "eu.siacs.conversations.axolotl.devicelist", "http://jabber.org/protocol/nick",
        ]
        #expect(
            nodes.map(ReplicaRank.init(node:)) == [.pictures, .bundles, .bundles, .devices, .other])
        #expect(
            ReplicaRank.devices < .bundles && ReplicaRank.bundles < .other && ReplicaRank.other < .pictures)
    }
}
