import XMPP

/// Elements drawn from a seed, with everything in their text and attributes that needs care.
struct ElementSource: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        // SplitMix64.
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func element(depth: Int = 0) -> Element {
        var element = Element(name: name(), namespace: namespace(), attributes: [], nodes: [])
        for index in 0..<below(4) {
            let kind = below(8)
            let namespace = kind == 0 ? NS.xml : kind == 1 ? "urn:x:'&<" : ""
            let attribute = Attribute(
                name: namespace == NS.xml ? "lang" : "k\(index)", namespace: namespace, value: text())
            if namespace == NS.xml && element["xml:lang"] != nil { continue }
            element.attributes.append(attribute)
        }
        var textBefore = false
        for _ in 0..<below(5) where depth < 5 {
            if below(2) == 0 {
                element.append(self.element(depth: depth + 1))
                textBefore = false
            } else if !textBefore {
                // Neighbouring texts become one when they are read.
                let piece = text()
                if piece.isEmpty { continue }
                element.append(text: piece)
                textBefore = true
            }
        }
        return element
    }

    mutating func namespace() -> String {
        [NS.client, NS.streams, NS.roster, "", "urn:example:\"&'<>"][below(5)]
    }

    mutating func name() -> String { ["iq", "message", "body", "ünï", "x-1", "error"][below(6)] }

    mutating func text() -> String {
        let pieces = [
            "a", "&", "<", ">", "'", "\"", "\t", "\n", "\r", "\r\n", " ", "]]>", "é", "漢", "😀", "&amp;",
            "\u{85}",
            "\u{FFFD}", "--", "hello world",
        ]
        var text = ""
        for _ in 0..<below(12) { text += pieces[below(pieces.count)] }
        return text
    }

    mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &self) }
}
