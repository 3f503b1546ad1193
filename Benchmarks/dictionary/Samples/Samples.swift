import Bundles

/// Turns invented stanzas into what the dictionary is trained on: the compressible columns of a group.
///
/// Input: one stanza a line, an empty line after each group. Output: one group a line, in hexadecimal.
@main
enum Samples {
    static func main() {
        var generator = SplitMix64(state: 1)
        var stanzas: [[UInt8]] = []
        while let line = readLine() {
            if line.isEmpty {
                print(hexadecimal(sample(of: stanzas, using: &generator)))
                stanzas = []
            } else {
                stanzas.append(Array(line.utf8))
            }
        }
    }

    /// Presence and contact cards travel as registers, requests as live parcels, the rest as mail.
    private static func sample(of stanzas: [[UInt8]], using generator: inout SplitMix64) -> [UInt8] {
        var number = UInt64.random(in: 1...5_000, using: &generator)
        var acceptedMs = 1_760_000_000_000 + UInt64.random(in: 0...100_000_000_000, using: &generator)
        let parcels = stanzas.map { stanza -> Parcel in
            if stanza.starts(with: "<iq".utf8) { return .live(stanza) }
            if stanza.starts(with: "<vCard".utf8) {
                return .state(key: "vcard/", version: number, value: stanza)
            }
            number += 1
            acceptedMs += UInt64.random(in: 1...90_000, using: &generator)
            let isFollowing = Bool.random(using: &generator)
            return .mail(
                number: number, previous: isFollowing ? .sameEpoch(number - 1) : .none,
                acceptedMs: acceptedMs, stanza: stanza)
        }
        return DictionarySample.bytes(of: parcels)
    }

    private static func hexadecimal(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef")
        return String(bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
    }
}

/// The same numbers on every machine.
struct SplitMix64: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
