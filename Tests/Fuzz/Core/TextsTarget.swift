import FuzzDriver
import XMPP

extension FuzzTarget {
    /// The small texts inside stanzas: addresses, times, base64.
    static let texts = FuzzTarget("texts", longest: 512) {
        [
            [0] + Array("ali@finance.gov.test/phone".utf8), [0] + Array("finance.gov.test".utf8),
            [0] + Array("\u{130}\u{df}@\u{fc}.test/\u{1F600} x".utf8),
            [1] + Array("2026-11-24T22:12:26.123Z".utf8),
            [1] + Array("0001-01-01T00:00:00+14:00".utf8), [2] + Array("AAECAwQFBgc=".utf8),
            [3] + Array("AAECAwQFBgc".utf8),
        ]
    } run: { input in
        guard let input = SteeredInput(input) else { return }
        let text = String(decoding: input.bytes, as: UTF8.self)
        switch input.choice & 3 {
        case 0:
            guard let jid = try? JID(text) else { return }
            promise("a prepared address is an address, and stays: \(jid)", (try? JID(jid.description)) == jid)
            promise("a bare address is one", (try? JID(jid.bare.description)) == jid.bare)
        case 1:
            guard let time = try? DateTime(text) else { return }
            // An offset can lead out of the years that can be written: the nearest moment is written then.
            guard let again = try? DateTime(time.description) else {
                return promise("a time that was read can be written and read", false)
            }
            promise("a time is written so that it stays", again.description == time.description)
            promise("only years that cannot be written change", again == time || !isWritable(time))
        case let choice:
            let variant = choice == 2 ? Base64.Variant.standard : .url
            if let bytes = try? Base64.decode(text, variant) {
                promise("one base64 text for one sequence of bytes", Base64.encode(bytes, variant) == text)
            }
            promise(
                "base64 gives back what it was given",
                (try? Base64.decode(Base64.encode(input.bytes, variant), variant)) == input.bytes)
        }
    }

    /// Whether the moment is surely within the years 1 to 9999.
    private static func isWritable(_ time: DateTime) -> Bool {
        (-62_000_000_000_000...253_000_000_000_000).contains(time.milliseconds)
    }
}
