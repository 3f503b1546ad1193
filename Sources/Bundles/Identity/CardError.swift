/// Why a card or a name in it was refused. The description says what to do, for the technician who pasted it.
package enum CardError: Error, Equatable, Sendable, CustomStringConvertible {
    case notACard
    case unknownVersion(String)
    case tooLong
    case badName(String)
    case badDomain(String)
    case badKeys
    case weakKey(String)
    case badAddress(String)
    case tooManyAddresses
    case badSignature

    package var description: String {
        switch self {
        case .notACard:
            "this is not a card: copy the whole line that `dakghar card` prints on the other box, "
                + "beginning with dakghar:1:"
        case .unknownVersion(let version):
            "this card has version \"\(version)\" and this box reads version 1: update this box"
        case .tooLong:
            "this card is longer than \(Card.maxBytes) bytes: copy only the one line that `dakghar card` prints"
        case .badName(let name):
            "the name \"\(name)\" is not valid: use 1 to 64 of the characters A-Z a-z 0-9 . _ -"
        case .badDomain(let domain):
            "the domain \"\(domain)\" is not valid: write it in lower case, letters, digits, hyphens and dots, "
                + "at most 253 characters"
        case .badKeys:
            "the keys in this card are damaged: copy the card again, the whole line"
        case .weakKey(let which):
            "the \(which) key in this card protects nothing: do not use this card, "
                + "and ask the other office for its card again"
        case .badAddress(let address):
            "the address \"\(address)\" is not valid: write host:port, an IPv6 address in brackets as [2001:db8::1]:5299"
        case .tooManyAddresses:
            "this card has more than \(Card.maxAddresses) addresses: leave only those that other boxes can reach"
        case .badSignature:
            "the signature of this card is wrong, it was damaged or altered on its way: "
                + "copy it again, and if that fails ask the other office for it by another way"
        }
    }
}
