import FuzzDriver

@testable import Bundles

extension FuzzTarget {
    private static let boxes = SampleBoxes.shared

    /// Cards as they are pasted, and cards whose maker signed anything.
    static let card = FuzzTarget("card", longest: 5_000) {
        let card = try boxes.finance.card(addresses: ["10.0.0.1:7400", "[2001:db8::1]:7400", "box.test:1"])
        let fields = card.text.split(separator: ":", maxSplits: 2)[2]
        let body = String(fields[..<(fields.lastIndex(of: ":") ?? fields.endIndex)])
        return [
            [0] + Array(card.text.utf8), [0] + Array(" \n\(card.text)\r\n".utf8), [1] + Array(body.utf8),
            [2] + Array("[fd00::4]:7400".utf8), [3] + Array("finance.gov.test".utf8),
        ]
    } run: { input in
        guard let input = SteeredInput(input) else { return }
        let text = String(decoding: input.bytes, as: UTF8.self)
        switch input.choice & 3 {
        case 0: check(text)
        case 1:
            let body = "dakghar:1:\(text)"
            let signature = boxes.finance.sign(Array("dakghar card 1\n".utf8) + Array(body.utf8))
            check("\(body):\(Base64URL.encode(signature))")
        case 2:
            guard let (host, port) = CardFields.splitAddress(text) else { return }
            promise("an address has a host and a port", !host.isEmpty && port > 0)
        default:
            _ = try? CardFields.checkName(text)
            _ = try? CardFields.checkDomain(text)
        }
    }

    private static func check(_ text: String) {
        do {
            let card = try Card(parsing: text)
            promise("what is taken fits into the limits", card.text.utf8.count <= Card.maxBytes)
            promise("a card reads the same again", try Card(parsing: card.text) == card)
            for address in card.addresses { try CardFields.checkAddress(address) }
        } catch {
            let isReadable = (error as? CardError).map { !$0.description.isEmpty } ?? false
            promise("a refusal says why", isReadable)
        }
    }
}
